// Reads what a job is to do: from JSON, or from a form whose file goes to the disk as it comes.
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { type StorageEngine } from 'multer';
import { openWithModel } from '../collection-model.js';
import type { Core } from '../core.js';
import type { JobRequest } from '../jobs/job.js';
import type { NewJob } from '../jobs/jobs.js';
import { expectNewBackup } from '../jobs/run-backup.js';
import { writeInput } from '../jobs/write-input.js';
import type { components } from './api.js';
import { checkSchema } from './check-schema.js';
import { namedSchema } from './contract-schemas.js';
import { mediaTypeOf } from './media-type.js';
import { formProblem } from './multipart.js';
import { fieldProblem } from './problems.js';

type JobBody = components['schemas']['NewJob'];
type JobForm = components['schemas']['JobForm'];

/** The fields of a form besides its file are few and short. */
const FORM_LIMITS = { files: 1, fields: 8, fieldSize: 4096, fieldNameSize: 64, parts: 16 };

/** Keeps the file of a form where the job will have it; its number of lines goes to `counted`. */
function diskStorage(inputFile: string, mostBytes: number, counted: (lines: number) => void): StorageEngine {
  return {
    _handleFile(_request, { stream }, done) {
      writeInput(stream as Readable, inputFile, mostBytes).then((lines) => {
        counted(lines);
        done(null);
      }, done);
    },
    _removeFile: (_request, _file, done) => done(null),
  };
}

/** @throws Problem where the form cannot be read or breaks the contract, NoSpaceError */
async function readForm(
  request: Request,
  response: Response,
  inputFile: string,
  mostBytes: number,
): Promise<{ form: JobForm; lines: number }> {
  let lines: number | undefined;
  const storage = diskStorage(inputFile, mostBytes, (count) => {
    lines = count;
  });
  const receive = multer({ storage, limits: FORM_LIMITS }).single('file');
  await new Promise<void>((resolve, reject) => {
    receive(request, response, (error: unknown) => (error ? reject(formProblem(error)) : resolve()));
  });
  // A field of that name is no file.
  const { file: _, ...fields } = request.body;
  const sent = { ...fields, ...(lines === undefined ? {} : { file: '' }) };
  return { form: checkSchema(namedSchema<JobForm>('JobForm'), sent), lines: lines! };
}

function requestOfForm({ type, collection }: JobForm): JobRequest {
  if (type === 'task') return { type };
  if (collection === undefined) throw fieldProblem('bad-request', 'collection', 'is missing');
  return { type, collection };
}

/** JSON lists are written down as lines, so that there is one way on from here. */
const linesOf = (list: readonly unknown[]): Readable =>
  Readable.from(list.map((value) => Buffer.from(`${JSON.stringify(value)}\n`)));

async function readJson(body: JobBody, inputFile: string, mostBytes: number): Promise<NewJob> {
  switch (body.type) {
    case 'import': {
      const total = await writeInput(linesOf(body.items), inputFile, mostBytes);
      return { request: { type: 'import', collection: body.collection }, total };
    }
    case 'task': {
      const total = await writeInput(linesOf(body.requests), inputFile, mostBytes);
      return { request: { type: 'task' }, total };
    }
    case 'reindex':
      return { request: { type: 'reindex', collection: body.collection, model: body.model }, total: 0 };
    case 'backup': {
      const { keep = true, name = new Date().toISOString().replace(/[:.]/g, '-') } = body;
      return { request: { type: 'backup', name, keep }, total: 1 };
    }
  }
}

/**
 * What could not end well is refused at once: an unknown collection or model, one that is not loaded, a backup that is there already, a
 * second reindex of a collection.
 */
async function checkTargets(request: JobRequest, core: Core): Promise<void> {
  if (request.type === 'backup') await expectNewBackup(request, core.jobs.options.backupDir);
  if (request.type === 'import') openWithModel(core, request.collection);
  if (request.type !== 'reindex') return;
  core.collections.get(request.collection);
  core.inference.model(request.model, 'retrieval');
  core.collections.expectNoRebuild(request.collection);
}

/**
 * Reads and checks a job, and writes its lines to a file.
 * @throws Problem, UnknownCollectionError, CollectionConflictError, CollectionRebuildingError, UnknownModelError, NotOfferedError, NoSpaceError
 */
export async function receiveJob(request: Request, response: Response, core: Core, inputFile: string): Promise<NewJob> {
  const { jobBytes } = core.limits;
  if (mediaTypeOf(request.headers['content-type']) !== 'multipart/form-data') {
    const job = await readJson(request.body as JobBody, inputFile, jobBytes);
    await checkTargets(job.request, core);
    return job;
  }
  const { form, lines } = await readForm(request, response, inputFile, jobBytes);
  if (lines === 0) throw fieldProblem('bad-request', 'file', 'expected at least one line, got none');
  const job = { request: requestOfForm(form), total: lines };
  await checkTargets(job.request, core);
  return job;
}
