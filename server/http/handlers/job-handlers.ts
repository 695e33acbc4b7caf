import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Core } from '../../core.js';
import { openBackupFile } from '../../jobs/backup-files.js';
import { type JobRecord, shownJob } from '../../jobs/job.js';
import { JOB_FILES } from '../../jobs/job-folder.js';
import type { Handler, RawHandler } from '../handler.js';
import { fieldProblem } from '../problems.js';
import { receiveJob } from '../receive-job.js';

export const createJob: RawHandler<'createJob'> = async ({ request }, core, response) => {
  const job = await core.jobs.create((inputFile) => receiveJob(request, response, core, inputFile));
  response.status(202).location(`/v1/jobs/${job.id}`).json(shownJob(job));
};

export const listJobs: Handler<'listJobs'> = ({ query: { limit = 100, cursor } }, { jobs }) => {
  const found = jobs.list(limit + 1, cursor);
  const page = found.slice(0, limit);
  const nextCursor = found.length > limit ? page.at(-1)!.id : null;
  return { status: 200, json: { jobs: page.map(shownJob), nextCursor } };
};

export const getJob: Handler<'getJob'> = ({ path }, { jobs }) => ({ status: 200, json: shownJob(jobs.get(path.job)) });

export const deleteJob: Handler<'deleteJob'> = async ({ path }, { jobs }) => {
  const cancelled = await jobs.remove(path.job);
  return cancelled ? { status: 200, json: shownJob(cancelled) } : { status: 204 };
};

/** As far as it is certain: what comes behind a checkpoint may come again otherwise. */
async function sendLines(file: string, bytes: number, response: Response): Promise<void> {
  response.status(200).set({ 'Content-Type': 'application/x-ndjson', 'Content-Length': String(bytes) });
  const lines = bytes > 0 ? createReadStream(file, { end: bytes - 1 }) : Readable.from([]);
  await pipeline(lines, response);
}

const fileOf = ({ id }: JobRecord, { jobs }: Core, name: string): string => join(jobs.folders.of(id), name);

export const getJobOutput: RawHandler<'getJobOutput'> = async ({ path, query }, core, response) => {
  const job = core.jobs.get(path.job);
  if (query.file === undefined) {
    return sendLines(fileOf(job, core, JOB_FILES.output), job.checkpoint.outputBytes, response);
  }
  const found = await openBackupFile(job, core.jobs, query.file);
  if (!found) throw fieldProblem('not-found', 'file', 'expected a file that the output of this job names');
  response.status(200).set({ 'Content-Type': 'application/octet-stream', 'Content-Length': String(found.bytes) });
  await pipeline(found.stream, response);
};

export const getJobErrors: RawHandler<'getJobErrors'> = ({ path }, core, response) => {
  const job = core.jobs.get(path.job);
  return sendLines(fileOf(job, core, JOB_FILES.errors), job.checkpoint.errorBytes, response);
};
