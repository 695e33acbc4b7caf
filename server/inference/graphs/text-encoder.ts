import { padTexts } from '../../../model/tokenizer/tokenizer.js';
import { type EncoderOutput, readEncoded, splitByMessage, transferEncoded } from './encoder-outputs.js';
import type { GraphCodec } from './graph-codec.js';

/** `truncated` says that the text was longer than the model reads. */
export type TextOutput = EncoderOutput & { truncated: boolean };

/**
 * Text -> text tokens [L,D] and, where the model has one, text embedding [E]. The batch is padded to its longest text; the padding is not
 * kept.
 */
export const textEncoder: GraphCodec<string, string[], TextOutput> = {
  roles: ['text_encoder'],

  pack: (texts) => ({ message: [...texts], transfer: [] }),

  async run(messages, { tokenizer, maxLength, graph }) {
    const texts = messages.flat().map((text) => tokenizer.encode(text, maxLength));
    const { inputIds, attentionMask, batch, length } = padTexts(texts, tokenizer.special.pad);
    const dims = [batch, length];
    const outputs = await graph('text_encoder').run({
      input_ids: { type: 'int64', data: inputIds, dims },
      attention_mask: { type: 'int64', data: attentionMask, dims },
    });
    const encoded = readEncoded('text', outputs, (b) => texts[b]!.inputIds.length);
    const flagged = encoded.map((text, b) => ({ ...text, truncated: texts[b]!.truncated }));
    return splitByMessage(flagged, messages);
  },

  transfer: transferEncoded,
};
