import { fieldProblem, type Problem } from '../http/problems.js';

/** The problem of a picture with more bytes than this; `path` is the field it came in. */
export function pictureTooLarge(path: string, mostBytes: number): Problem {
  return fieldProblem('too-large', path, `a picture may have at most ${mostBytes} bytes`);
}
