/** Every kind of error that the server answers. A kind's name is part of the contract: it is the end of `type`. */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request breaks the contract' },
  unauthorized: { status: 401, title: 'A key is needed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'This method is not supported here' },
  'body-timeout': { status: 408, title: 'The body did not arrive in time' },
  conflict: { status: 409, title: 'In conflict with what is there' },
  'too-large': { status: 413, title: 'Over the size limit' },
  'unsupported-type': { status: 415, title: 'This media type or picture format is not supported' },
  unusable: { status: 422, title: 'Understood but not usable' },
  'rate-limited': { status: 429, title: 'Too many requests from one address' },
  overloaded: { status: 429, title: 'Too much work is waiting' },
  internal: { status: 500, title: 'The server failed' },
  'not-offered': { status: 501, title: 'No loaded model does this' },
  unavailable: { status: 503, title: 'Not able to answer at the moment' },
  timeout: { status: 504, title: 'Not done before the deadline' },
  'no-space': { status: 507, title: 'The disk is full' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

/** A field and what is wrong with it; `path` as in `items[2].caption`. */
export interface FieldError {
  path: string;
  message: string;
}

/** An error that is answered as it is. */
export class Problem extends Error {
  override name = 'Problem';
  constructor(
    readonly kind: ProblemKind,
    detail: string,
    readonly errors: FieldError[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }
}

/** A problem with one field. */
export function fieldProblem(kind: ProblemKind, path: string, message: string): Problem {
  return new Problem(kind, `${path}: ${message}`, [{ path, message }]);
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: FieldError[];
}

/** The body of RFC 9457; `instance` is the id of the request. */
export function problemBody({ kind, message, errors }: Problem, instance: string): ProblemBody {
  const { status, title } = PROBLEMS[kind];
  const body = { type: `urn:maskvlm:${kind}`, title, status, detail: message, instance };
  return errors.length > 0 ? { ...body, errors } : body;
}

/** The problem that a body tells of. */
export function problemFrom({ type, detail, errors }: ProblemBody): Problem {
  return new Problem(type.slice(type.lastIndexOf(':') + 1) as ProblemKind, detail, errors);
}
