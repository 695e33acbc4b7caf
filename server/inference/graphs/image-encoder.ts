import { type EncoderOutput, readEncoded, splitByMessage, transferEncoded } from './encoder-outputs.js';
import type { GraphCodec } from './graph-codec.js';

/** Normalised pixels [3,S,S] of each picture. */
type Message = Float32Array[];

/** Picture -> image tokens [N,D] and, where the model has one, image embedding [E]. */
export const imageEncoder: GraphCodec<Float32Array, Message, EncoderOutput> = {
  roles: ['image_encoder'],

  pack(pictures) {
    return { message: [...pictures], transfer: pictures.map((pixels) => pixels.buffer as ArrayBuffer) };
  },

  async run(messages, { imageSize, floats, graph }) {
    const pictures = messages.flat();
    const each = 3 * imageSize * imageSize;
    const data = floats('pixel_values', pictures.length * each); // [B,3,S,S]
    pictures.forEach((picture, b) => {
      data.set(picture, b * each);
    });
    const dims = [pictures.length, 3, imageSize, imageSize];
    const outputs = await graph('image_encoder').run({ pixel_values: { type: 'float32', data, dims } });
    const encoded = readEncoded('image', outputs, (_, rows) => rows);
    return splitByMessage(encoded, messages);
  },

  transfer: transferEncoded,
};
