import { ExpectationError } from '../../model/errors.js';
import { NoSpaceError } from '../../model/files/no-space-error.js';
import { PictureError, type PictureErrorCode } from '../../model/image/picture.js';
import {
  CollectionConflictError,
  CollectionMovedError,
  CollectionRebuildingError,
  UnknownCollectionError,
  UnknownItemError,
} from '../collections/collection-errors.js';
import { IndexLostError } from '../index/index-lost-error.js';
import {
  DeadlineError,
  NotOfferedError,
  OverloadedError,
  UnavailableError,
  UnknownModelError,
} from '../inference/errors.js';
import { fieldProblem, PROBLEMS, Problem, type ProblemKind } from './problems.js';

const PICTURE_PROBLEMS: Record<PictureErrorCode, ProblemKind> = {
  unsupported: 'unsupported-type',
  truncated: 'unusable',
  'too-many-pixels': 'unusable',
  timeout: 'unusable',
};

/** An error of Express or of its body parsers. */
interface HttpError {
  status: number;
  message: string;
  /** Of the body parsers. */
  type?: string;
}

const KIND_BY_STATUS = new Map<number, ProblemKind>(
  Object.entries(PROBLEMS).map(([kind, { status }]) => [status, kind as ProblemKind]),
);

function problemOfPicture(error: PictureError, path: string): Problem {
  return fieldProblem(PICTURE_PROBLEMS[error.code], path, `expected ${error.expected}, got ${error.got}`);
}

function problemOfHttpError({ status, message, type }: HttpError): Problem | undefined {
  const kind = KIND_BY_STATUS.get(status);
  // An error that calls itself 500 is not the client's to read.
  if (!kind || status >= 500) return undefined;
  if (type === 'entity.parse.failed') return fieldProblem(kind, 'body', `expected JSON, got ${message}`);
  return new Problem(kind, message);
}

/** Parts of an item that the store refuses, under the names that clients know. */
const REFUSED_FIELDS: Record<string, ProblemKind> = {
  cursor: 'bad-request',
  id: 'bad-request',
  'collection name': 'bad-request',
  metadata: 'unusable',
  item: 'unusable',
};

/** How a collection gets to another model. */
const REINDEX = 'a job {"type": "reindex", "collection", "model"} encodes a collection anew with another model';

/**
 * The problem that an error stands for; undefined for one that nobody foresaw.
 * `picture` names the field that a picture error is about.
 */
function knownProblem(error: unknown, picture = 'image'): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof PictureError) return problemOfPicture(error, picture);
  if (error instanceof UnknownCollectionError) return new Problem('not-found', error.message);
  if (error instanceof UnknownItemError) return fieldProblem('not-found', 'itemId', error.message);
  if (error instanceof UnknownModelError) return fieldProblem('not-found', 'model', error.message);
  if (error instanceof CollectionConflictError) return new Problem('conflict', `${error.message}; ${REINDEX}`);
  if (error instanceof CollectionRebuildingError) return new Problem('conflict', error.message);
  if (error instanceof CollectionMovedError)
    return new Problem('unavailable', error.message, [], { 'Retry-After': '1' });
  if (error instanceof IndexLostError) return new Problem('unavailable', error.message);
  if (error instanceof NotOfferedError) return new Problem('not-offered', error.message);
  if (error instanceof UnavailableError) return new Problem('unavailable', error.message, [], { 'Retry-After': '1' });
  if (error instanceof DeadlineError) return new Problem('timeout', error.message);
  if (error instanceof NoSpaceError) return new Problem('no-space', error.message);
  if (error instanceof OverloadedError) {
    return new Problem('overloaded', error.message, [], { 'Retry-After': String(error.retrySeconds) });
  }
  if (error instanceof ExpectationError && REFUSED_FIELDS[error.what]) {
    return fieldProblem(REFUSED_FIELDS[error.what]!, error.what, `expected ${error.expected}, got ${error.got}`);
  }
  const status = (error as Partial<HttpError> | undefined)?.status;
  return typeof status === 'number' ? problemOfHttpError(error as HttpError) : undefined;
}

/** As {@link knownProblem}; an unforeseen error becomes a 500 that says nothing. */
export function problemOf(error: unknown, picture?: string): Problem {
  return knownProblem(error, picture) ?? new Problem('internal', 'The log has the cause under the id in `instance`.');
}
