import { fieldProblem } from './problems.js';

/**
 * The text as it is stored and encoded: half surrogate pairs, which have no UTF-8, become replacement characters.
 * @throws Problem that names the field where the text is empty or too long
 */
export function usableText(text: string, path: string, mostCharacters: number): string {
  if (text.trim() === '') throw fieldProblem('unusable', path, 'expected a text, got an empty one');
  // Code points are never more than UTF-16 units, so most texts need no counting.
  const characters = text.length > mostCharacters ? [...text].length : text.length;
  if (characters > mostCharacters) {
    throw fieldProblem('unusable', path, `expected at most ${mostCharacters} characters, got ${characters}`);
  }
  return (text as string & { toWellFormed(): string }).toWellFormed();
}
