import { ExpectationError } from '../../model/errors.js';
import { answerOf, type Client, createClient, type Outcome, ProblemError } from '../client/client.js';

/** A running server as a command works with it. */
export interface ServerAt {
  client: Client;
  /**
   * The body of a successful answer: what was `expected` of `what`, by default of the server.
   * @throws ExpectationError in the server's own words, or that names the address where nobody answers
   */
  answer<Data>(request: Promise<Outcome<Data>>, expected: string, what?: string): Promise<Data>;
}

/** The server at an address; where it asks for a key, that is in API_KEY. */
export function serverAt(address: string): ServerAt {
  const server = `server ${address}`;
  return {
    client: createClient({ baseUrl: address, apiKey: process.env.API_KEY }),
    answer: (request, expected, what = server) =>
      answerOf(request).catch((error: Error) => {
        if (error instanceof ProblemError)
          throw new ExpectationError(what, expected, `${error.status} ${error.message}`);
        throw new ExpectationError(server, 'an answer', String(error.cause ?? error.message));
      }),
  };
}
