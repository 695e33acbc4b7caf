// What tests do with jobs over HTTP.
import type supertest from 'supertest';
import { expect } from 'vitest';
import type { components } from '../../server/http/api.js';
import { namedSchema } from '../../server/http/contract-schemas.js';
import { expectContract } from './contract-check.js';

export type Job = components['schemas']['Job'];
export type JobResult = components['schemas']['JobResult'];
type Client = ReturnType<typeof supertest>;

export const isOver = ({ status }: Job): boolean => ['completed', 'failed', 'cancelled'].includes(status);

/** Starts a job from JSON, or from lines in a form where `file` is given. */
export async function startJob(request: Client, body: object, file?: string | Buffer): Promise<Job> {
  const post = request.post('/v1/jobs');
  const answer = await (file === undefined
    ? post.send(body)
    : post.field(body as Record<string, string>).attach('file', Buffer.from(file as string), 'lines.jsonl'));
  expectContract(answer);
  expect(answer.status, answer.text).toBe(202);
  expect(answer.headers.location).toBe(`/v1/jobs/${answer.body.id}`);
  return answer.body;
}

/** The state of a job once it is over, or as soon as `until` holds. */
export async function jobOnce(request: Client, id: string, until = isOver): Promise<Job> {
  for (;;) {
    const answer = await request.get(`/v1/jobs/${id}`);
    expectContract(answer);
    if (until(answer.body)) return answer.body;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const linesOf = (text: string): JobResult[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

let validate: ReturnType<typeof namedSchema> | undefined;

/** The lines of a job's output or errors, each as the contract says. */
export async function resultsOf(request: Client, id: string, which: 'output' | 'errors'): Promise<JobResult[]> {
  const answer = await request
    .get(`/v1/jobs/${id}/${which}`)
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done(null, Buffer.concat(chunks).toString()));
    });
  expectContract(answer);
  expect([answer.status, answer.type]).toEqual([200, 'application/x-ndjson']);
  validate ??= namedSchema('JobResult');
  const results = linesOf(answer.body);
  for (const result of results) expect(validate!(result), JSON.stringify([result, validate!.errors])).toBe(true);
  return results;
}
