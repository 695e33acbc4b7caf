import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Response } from 'supertest';
import type { Harness } from './server-harness.js';

/** The answer to a JSON body whose end never comes, in the form in which `expectContract` takes answers. */
export async function answerToHalfABody(
  { app }: Harness,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const half = { 'Content-Type': 'application/json', 'Content-Length': '100', ...headers };
  const request = send({ host: '127.0.0.1', port, method, path, headers: half });
  // The server ends the connection behind its answer.
  request.on('error', () => undefined);
  request.write('{');
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const body = await text(answer);
  request.destroy();
  server.close();
  return {
    request: { method, url: path },
    status: answer.statusCode,
    type: answer.headers['content-type']?.split(';')[0],
    headers: answer.headers,
    text: body,
    body: JSON.parse(body),
  } as unknown as Response;
}
