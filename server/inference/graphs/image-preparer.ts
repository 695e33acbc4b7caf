import type { Tokens } from '../tokens.js';
import { splitByMessage } from './encoder-outputs.js';
import type { GraphCodec } from './graph-codec.js';
import { packTokens, type TokenMessage, tokenTensor } from './token-batch.js';

/** Tokens of a picture -> what the matcher needs of it whatever the text is, float16 bits [F]. */
export const imagePreparer: GraphCodec<Tokens, TokenMessage, Uint16Array<ArrayBuffer>> = {
  roles: ['image_preparer'],

  pack(pictures) {
    // Each by itself, so that a picture that comes twice is answered twice.
    const { message } = packTokens(pictures.map((picture) => ({ ...picture })));
    return { message, transfer: [message.held.buffer as ArrayBuffer] };
  },

  async run(messages, context) {
    const graph = context.graph('image_preparer');
    const input = graph.input('image_tokens');
    const rows = input.dims[1] as number;
    const { tensor } = tokenTensor('image_tokens', input, messages, { least: rows, most: rows }, context);
    const { prepared_images: prepared } = await graph.run({ image_tokens: tensor });
    if (prepared?.type !== 'float16') throw new Error('the graph has no float16 output named prepared_images');
    const [count = 0, size = 0] = prepared.dims;
    const { data } = prepared;
    const all = Array.from(
      { length: count },
      (_, i) => data.slice(i * size, (i + 1) * size) as Uint16Array<ArrayBuffer>,
    );
    return splitByMessage(
      all,
      messages.map(({ items }) => items),
    );
  },

  transfer: ({ buffer }) => [buffer],
};
