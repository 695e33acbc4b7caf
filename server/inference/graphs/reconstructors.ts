import { guessToken, type Prediction } from '../../../model/maskvlm/guess-token.js';
import { floatsOf } from './graph-codec.js';
import { pairCodec } from './pair-codec.js';

/** Picture and masked text -> the best guesses at each row that is asked about (section 3.1 of the paper). */
export const textReconstructor = pairCodec<Prediction[][]>(
  'text_reconstructor',
  (outputs, { b, length, asked }, { tokenizer }) => {
    const { data, dims } = floatsOf(outputs, 'token_logits'); // [B,L,V]
    const vocabulary = dims[2]!;
    return asked.map((row) => {
      const start = (b * length + row) * vocabulary;
      return guessToken(data.subarray(start, start + vocabulary), tokenizer);
    });
  },
);

/** Masked picture and text -> every patch, restored, [N-1,3*P*P]. */
export const imageReconstructor = pairCodec<Float32Array>(
  'image_reconstructor',
  (outputs, { b }) => {
    const { data, dims } = floatsOf(outputs, 'patches'); // [B,N-1,3*P*P]
    const size = dims[1]! * dims[2]!;
    return data.slice(b * size, (b + 1) * size);
  },
  ({ buffer }) => [buffer as ArrayBuffer],
);
