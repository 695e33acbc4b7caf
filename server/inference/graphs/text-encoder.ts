import { padTexts } from '../../../model/tokenizer/tokenizer.js';
import { type EncoderOutput, readEncoded, splitByMessage, transferEncoded } from './encoder-outputs.js';
import type { GraphCodec } from './graph-codec.js';
import { readText, type SpelledText, type TextPiece } from './spelled-text.js';

/** A text, or one whose pieces are asked for. */
export type TextInput = string | SpelledText;

/** `truncated` says that the text was longer than the model reads; `pieces` are there where they were asked for. */
export type TextOutput = EncoderOutput & { truncated: boolean; pieces?: TextPiece[] };

/**
 * Text -> text tokens [L,D] and, where the model has one, text embedding [E]. The batch is padded to its longest text; the padding is not
 * kept.
 */
export const textEncoder: GraphCodec<TextInput, TextInput[], TextOutput> = {
  roles: ['text_encoder'],

  pack: (texts) => ({ message: [...texts], transfer: [] }),

  async run(messages, { tokenizer, maxLength, graph }) {
    const texts = messages.flat().map((text) => readText(text, tokenizer, maxLength));
    const { inputIds, attentionMask, batch, length } = padTexts(texts, tokenizer.special.pad);
    const dims = [batch, length];
    const outputs = await graph('text_encoder').run({
      input_ids: { type: 'int64', data: inputIds, dims },
      attention_mask: { type: 'int64', data: attentionMask, dims },
    });
    const encoded = readEncoded('text', outputs, (b) => texts[b]!.inputIds.length);
    const flagged = encoded.map((text, b) => {
      const { truncated, pieces } = texts[b]!;
      return { ...text, truncated, ...(pieces ? { pieces } : {}) };
    });
    return splitByMessage(flagged, messages);
  },

  transfer: transferEncoded,
};
