import type { Core } from '../core.js';
import { type ImageSource, pictureBytes } from '../pictures/picture-bytes.js';
import type { EmbedInput } from '../tasks/embed.js';
import { fieldProblem } from './problems.js';
import { usableText } from './usable-text.js';

type Input = string | ImageSource;

/** The field of input `index`. */
export const inputPath = (input: unknown, index: number): string =>
  Array.isArray(input) ? `input[${index}]` : 'input';

/**
 * What a request wants embedded, in order.
 * @throws Problem that names the input which cannot be used
 */
export async function readEmbeddingInputs(
  input: Input | Input[],
  core: Core,
  signal: AbortSignal,
): Promise<EmbedInput[]> {
  const list = Array.isArray(input) ? input : [input];
  const { itemsPerRequest: most, textCharacters } = core.limits;
  if (list.length > most) throw fieldProblem('too-large', 'input', `expected at most ${most}, got ${list.length}`);
  return Promise.all(
    list.map(async (one, index): Promise<EmbedInput> => {
      const path = inputPath(input, index);
      if (typeof one === 'string') return { kind: 'text', text: usableText(one, path, textCharacters) };
      return { kind: 'image', bytes: await pictureBytes(one, path, core, signal) };
    }),
  );
}
