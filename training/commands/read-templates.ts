import { readFile } from 'node:fs/promises';
import { checkTemplates, DEFAULT_TEMPLATES } from '../../model/classification/prompts.js';
import { ExpectationError } from '../../model/errors.js';

/** Templates of a file, one a line, empty lines left out; the usual ones without a file. Throws, naming file and line. */
export async function readTemplates(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return DEFAULT_TEMPLATES;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('--templates', 'a readable file', `${file} (${error.code})`);
  });
  try {
    return checkTemplates(
      text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    );
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    throw new ExpectationError(`${error.what} of ${file}`, error.expected, error.got);
  }
}
