import { ExpectationError } from '../../model/errors.js';

/** The worker of the indexes ended again and again: they are not answered from before the next start fills them from the store. */
export class IndexLostError extends ExpectationError {
  override name = 'IndexLostError';
  constructor(cause: string) {
    super('index worker', 'to run', `${cause}; the next start of the server builds the index again`);
  }
}
