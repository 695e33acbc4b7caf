/** A typed client of the HTTP API: openapi-fetch with the types of openapi.yaml. Runs in Node and in browsers. */
import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import type { components, paths } from '../http/api.js';

export type Schemas = components['schemas'];

/** `client.POST('/v1/match', { body })` and so on: the paths, parameters, bodies and answers of the contract. */
export type Client = FetchClient<paths>;

export interface ClientOptions {
  /** Where the server listens. */
  baseUrl?: string;
  /** The server's API_KEY, where it has one. */
  apiKey?: string;
  /** In the place of the global one. */
  fetch?: (request: Request) => Promise<Response>;
}

/** An answer that is a problem (RFC 9457). */
export class ProblemError extends Error {
  override name = 'ProblemError';
  constructor(
    readonly status: number,
    /** What the server says, when it was the server that answered. */
    readonly problem: Partial<Schemas['Problem']>,
    /** Seconds after which to try again, where the server names some (429, 503). */
    readonly retryAfter?: number,
  ) {
    super(problem.detail ?? problem.title ?? `the server answered ${status}`);
  }
}

export function createClient({ baseUrl = 'http://127.0.0.1:8080', apiKey, fetch }: ClientOptions = {}): Client {
  return createFetchClient<paths>({
    baseUrl,
    ...(apiKey ? { headers: { Authorization: `Bearer ${apiKey}` } } : {}),
    ...(fetch ? { fetch } : {}),
  });
}

/** What openapi-fetch resolves with. */
export interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer. @throws ProblemError for any other one; what `fetch` throws when there is no answer */
export async function answerOf<Data>(request: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await request;
  if (response.ok) return data as Data;
  const problem = typeof error === 'object' && error !== null ? error : {};
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  throw new ProblemError(response.status, problem, Number.isFinite(seconds) ? seconds : undefined);
}

/** A picture file for the body of a request. */
export function picture(bytes: Uint8Array): { base64: string } {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let from = 0; from < bytes.length; from += 8192)
    binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return { base64: btoa(binary) };
}
