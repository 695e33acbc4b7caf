import { expect } from '../../model/errors.js';
import type { HostTensor } from '../../model/onnx/session.js';
import { halvesToFloats } from '../../model/precision/float16.js';
import type { EncodedSet } from './retrieval-model.js';

/** The inputs of a graph that reads picture i with text i: image_tokens [n,N,D], text_tokens [n,L,D], attention_mask [n,L]. */
export function pairFeeds(images: EncodedSet, texts: EncodedSet): Record<string, HostTensor> {
  expect(images.count === texts.count, 'texts', `${images.count}, one a picture`, texts.count);
  const tokens = ({ count, rows, tokens: halves }: EncodedSet): HostTensor => {
    return { dtype: 'float32', shape: [count, rows, halves.length / (count * rows)], data: halvesToFloats(halves) };
  };
  return {
    image_tokens: tokens(images),
    text_tokens: tokens(texts),
    attention_mask: { dtype: 'int64', shape: [texts.count, texts.rows], data: texts.mask! },
  };
}
