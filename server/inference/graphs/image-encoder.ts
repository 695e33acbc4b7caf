import type { Encoded } from '../tokens.js';
import { readEncoded, splitByMessage, transferEncoded } from './encoder-outputs.js';
import type { GraphCodec } from './graph-codec.js';

/** Normalised pixels [3,S,S] of each picture. */
type Message = Float32Array[];

/** Picture -> image tokens [N,D] and image embedding [E]. */
export const imageEncoder: GraphCodec<Float32Array, Message, Encoded> = {
  pack(pictures) {
    return { message: [...pictures], transfer: pictures.map((pixels) => pixels.buffer as ArrayBuffer) };
  },

  begin(messages, { imageSize, floats }) {
    const pictures = messages.flat();
    const each = 3 * imageSize * imageSize;
    const data = floats('pixel_values', pictures.length * each); // [B,3,S,S]
    pictures.forEach((picture, b) => {
      data.set(picture, b * each);
    });
    return {
      feeds: { pixel_values: { type: 'float32', data, dims: [pictures.length, 3, imageSize, imageSize] } },
      read: (outputs) =>
        splitByMessage(
          readEncoded('image', outputs, (_, rows) => rows),
          messages,
        ),
    };
  },

  transfer: transferEncoded,
};
