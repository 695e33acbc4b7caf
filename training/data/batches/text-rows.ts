import type { HostTensor } from '../../../model/onnx/session.js';
import { type EncodedText, padTexts, type Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { ids } from './batch.js';

const REMEMBERED_TEXTS = 100_000;

/** Encodes texts to at most `maxLength` tokens. They come back every few epochs; tokenizing one costs more than keeping its ids. */
export function createTextEncoder(
  tokenizer: Pick<Tokenizer, 'encode'>,
  maxLength: number,
): (text: string) => EncodedText {
  const known = new Map<string, EncodedText>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    const encoded = tokenizer.encode(text, maxLength);
    if (known.size < REMEMBERED_TEXTS) known.set(text, encoded);
    return encoded;
  };
}

/** `input_ids` and `attention_mask` [B,L], 1 = token, 0 = padding. */
export function textInputs(
  texts: readonly EncodedText[],
  padId: number,
  maxLength: number,
): Record<'input_ids' | 'attention_mask', HostTensor> {
  const { inputIds, attentionMask } = padTexts(texts, padId, maxLength);
  const shape = [texts.length, maxLength];
  return { input_ids: ids(shape, inputIds), attention_mask: ids(shape, attentionMask) };
}
