import type { Core } from '../core.js';
import { type ImageSource, pictureBytes } from '../pictures/picture-bytes.js';
import type { EmbedInput } from '../tasks/embed.js';
import { fieldProblem } from './problems.js';
import { usableText } from './usable-text.js';

type Input = string | ImageSource;

/**
 * What a request wants embedded, in order. Pictures are read later, a few at a time: many may come from addresses.
 * @throws Problem that names the text which cannot be used, or says that there are too many inputs
 */
export function readEmbeddingInputs(input: Input | Input[], core: Core, signal: AbortSignal): EmbedInput[] {
  const list = Array.isArray(input) ? input : [input];
  const { itemsPerRequest: most, textCharacters } = core.limits;
  if (list.length > most) throw fieldProblem('too-large', 'input', `expected at most ${most}, got ${list.length}`);
  return list.map((one, index) => {
    const path = Array.isArray(input) ? `input[${index}]` : 'input';
    if (typeof one === 'string') return { kind: 'text', text: usableText(one, path, textCharacters) };
    return { kind: 'image', path, read: () => pictureBytes(one, path, core, signal) };
  });
}
