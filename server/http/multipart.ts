import type { Request, RequestHandler } from 'express';
import multer, { type StorageEngine } from 'multer';
import type { Limits } from '../config.js';
import { formItems } from '../items/form-items.js';
import { Upload } from '../pictures/upload.js';
import { type Contract, type Operation, resolveSchema, type Schema } from './contract.js';
import { mediaTypeOf } from './media-type.js';
import { fieldProblem, Problem } from './problems.js';

interface ReceivedFile {
  fieldname: string;
  upload: Upload;
}

/** Bytes of a form so far, over all its files. */
const received = new WeakMap<Request, number>();

/** Keeps files in memory. A picture over its limit is read to its end and forgotten; a form over its limit ends the request. */
function memoryStorage({ pictureBytes, uploadBytes }: Limits): StorageEngine {
  return {
    _handleFile(request, file, done) {
      const chunks: Buffer[] = [];
      let size = 0;
      file.stream.on('data', (chunk: Buffer) => {
        const total = (received.get(request) ?? 0) + chunk.length;
        received.set(request, total);
        if (total > uploadBytes)
          file.stream.destroy(new Problem('too-large', `a form may have at most ${uploadBytes} bytes of files`));
        size += chunk.length;
        if (size <= pictureBytes) chunks.push(chunk);
        else chunks.length = 0;
      });
      file.stream.on('error', done);
      file.stream.on('end', () => {
        const upload = new Upload(size > pictureBytes ? undefined : Buffer.concat(chunks));
        done(null, { upload } as object);
      });
    },
    _removeFile(_request, _file, done) {
      done(null);
    },
  };
}

type FieldKind = 'text' | 'json' | 'file' | 'texts' | 'jsons' | 'files';

function kindOf(contract: Contract, schema: Schema & { format?: string }): FieldKind {
  const { type, items, format } = resolveSchema(contract, schema) as Schema & { format?: string };
  if (type === 'array') return `${kindOf(contract, items ?? {}) as 'text' | 'json' | 'file'}s`;
  if (format === 'binary') return 'file';
  return type === 'string' ? 'text' : 'json';
}

type FormFields = Map<string, FieldKind>;

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fieldProblem('bad-request', path, 'expected JSON');
  }
}

/** A list may come as repeated fields or as one JSON list. */
function listOf(value: string | string[]): string[] | unknown[] {
  if (Array.isArray(value)) return value;
  const trimmed = value.trim();
  if (!trimmed.startsWith('[')) return [value];
  try {
    return JSON.parse(trimmed);
  } catch {
    return [value];
  }
}

function readText(kind: FieldKind | undefined, value: string | string[], name: string): unknown {
  if (kind?.startsWith('file')) throw fieldProblem('bad-request', name, 'expected a file, got text');
  if (kind === 'json' && !Array.isArray(value)) return parseJson(value, name);
  if (kind === 'texts') return listOf(value);
  if (kind !== 'jsons') return value;
  return listOf(value).map((item, index) => (typeof item === 'string' ? parseJson(item, `${name}[${index}]`) : item));
}

function readFiles(kind: FieldKind | undefined, uploads: Upload[], name: string): Upload | Upload[] {
  if (!kind?.startsWith('file')) throw fieldProblem('bad-request', name, 'expected no file of this name');
  return kind === 'file' && uploads.length === 1 ? uploads[0]! : uploads;
}

function groupFiles(request: Request): Map<string, Upload[]> {
  const groups = new Map<string, Upload[]>();
  for (const { fieldname, upload } of (request.files ?? []) as unknown as ReceivedFile[]) {
    groups.set(fieldname, [...(groups.get(fieldname) ?? []), upload]);
  }
  return groups;
}

/** The error of the form parser in our words. */
export function formProblem(error: unknown): unknown {
  if (error instanceof multer.MulterError) {
    const kind = /^LIMIT_(?!UNEXPECTED)/.test(error.code) ? 'too-large' : 'bad-request';
    return fieldProblem(kind, error.field ?? 'body', error.message);
  }
  const { message = '' } = error as Error;
  const broken = !(error instanceof Problem) && /boundary|unexpected end|malformed|multipart/i.test(message);
  return broken ? new Problem('bad-request', `the form cannot be read: ${message}`) : error;
}

function fieldsOf(request: Request, kinds: FormFields): Record<string, unknown> {
  const texts = Object.entries((request.body ?? {}) as Record<string, string | string[]>);
  return Object.fromEntries([
    ...texts.map(([name, value]) => [name, readText(kinds.get(name), value, name)]),
    ...[...groupFiles(request)].map(([name, uploads]) => [name, readFiles(kinds.get(name), uploads, name)]),
  ]);
}

/** Forms whose JSON body has another shape than the form's fields, by operation. */
const SHAPES: Record<string, (fields: Record<string, unknown>) => unknown> = { addItems: formItems };

function readForm(operationId: string, kinds: FormFields, limits: Limits): RequestHandler {
  const parts = 4 * limits.itemsPerRequest + 32;
  const upload = multer({
    storage: memoryStorage(limits),
    limits: { files: limits.itemsPerRequest, parts, fields: parts, fieldSize: 2 ** 20, fieldNameSize: 256 },
  }).any();
  return async (request, response, next) => {
    if (mediaTypeOf(request.headers['content-type']) === 'multipart/form-data') {
      await new Promise<void>((resolve, reject) => {
        upload(request, response, (error: unknown) => (error ? reject(formProblem(error)) : resolve()));
      });
      const fields = fieldsOf(request, kinds);
      request.body = SHAPES[operationId]?.(fields) ?? fields;
    }
    next();
  };
}

/** Reads the form of an operation into the shape that a JSON body would have, with files in memory; undefined where it takes none. */
export function formReader(contract: Contract, operation: Operation, limits: Limits): RequestHandler | undefined {
  const form = operation.requestBody?.content['multipart/form-data']?.schema;
  if (!form) return undefined;
  const { properties = {} } = resolveSchema(contract, form);
  const kinds: FormFields = new Map(
    Object.entries(properties).map(([name, schema]) => [name, kindOf(contract, schema)]),
  );
  return readForm(operation.operationId, kinds, limits);
}
