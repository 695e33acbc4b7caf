import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ANSWER_LENGTH } from '../../model/answers/generate-answers.js';
import type { Manifest } from '../../model/bundle/manifest.js';
import { ExpectationError } from '../../model/errors.js';
import type { Decoding } from '../evaluation/answer-questions.js';

/** Answers whose first token is most probable are scored to their end (ALBEF's k_test). */
const CANDIDATES = 128;

const list = z.array(z.string().min(1)).min(1);

/** How `--decode greedy | beam:N | rank --answers FILE` finds answers. Throws for another spelling or an unusable list. */
export async function readDecoding(
  { decode, answers }: { decode: string; answers?: string },
  { text }: Pick<Manifest, 'text'>,
): Promise<Decoding> {
  const maxLength = text.answerLength ?? ANSWER_LENGTH;
  const [kind, argument] = decode.split(':') as [string, string?];
  if (answers !== undefined && kind !== 'rank')
    throw new ExpectationError('--answers', '--decode rank beside it', `--decode ${decode}`);
  if (decode === 'greedy') return { kind: 'generate', beams: 1, maxLength };
  const beams = Number(argument);
  if (kind === 'beam' && Number.isInteger(beams) && beams >= 1) return { kind: 'generate', beams, maxLength };
  if (kind === 'rank' && (argument === undefined || argument === 'albef')) {
    if (answers === undefined) throw new ExpectationError('--answers', 'a file of answers for --decode rank', 'none');
    const scoring = argument === 'albef' ? 'albef' : 'sum';
    return { kind: 'rank', answers: await readAnswers(answers), candidates: CANDIDATES, maxLength, scoring };
  }
  throw new ExpectationError('--decode', 'greedy, beam:N, rank or rank:albef', decode);
}

/** A JSON list of answers, as ALBEF's answer_list.json is, or a text with one a line. */
async function readAnswers(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('--answers', 'a readable file', `${file} (${error.code})`);
  });
  const lines = () =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  let found: unknown;
  try {
    found = text.trimStart().startsWith('[') ? JSON.parse(text) : lines();
  } catch (error) {
    throw new ExpectationError(`answers ${file}`, 'valid JSON', (error as Error).message);
  }
  const answers = list.safeParse(found);
  if (!answers.success) throw new ExpectationError(`answers ${file}`, 'a list of at least one text', file);
  return [...new Set(answers.data)];
}
