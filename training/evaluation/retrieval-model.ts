import { checkTokenInputs } from '../../model/bundle/check-token-inputs.js';
import { imageTokenCount } from '../../model/maskvlm/config.js';
import { openSession } from '../../model/onnx/session.js';
import { floatsToHalves } from '../../model/precision/float16.js';
import { type EncodedText, padTexts } from '../../model/tokenizer/tokenizer.js';
import type { MeasuredModel, MeasureOptions, MeasureStage } from './measured-model.js';

/** A set of encoded pictures or texts: unit vectors [n,E] and tokens [n,rows,D] as the server stores them, float16, one after the other. */
export interface EncodedSet {
  count: number;
  embeddings: Float32Array;
  tokens: Uint16Array;
  /** Tokens of each member, padding included. */
  rows: number;
  /** [n,rows] 1 token, 0 padding; absent for pictures. */
  mask?: BigInt64Array;
}

/** The three graphs of two-stage retrieval, loaded. */
export interface RetrievalModel {
  encodeImages(count: number, pixelsOf: (index: number) => Promise<Float32Array>): Promise<EncodedSet>;
  encodeTexts(texts: readonly EncodedText[], padId: number): Promise<EncodedSet>;
  /** ITM logits, match minus no match, of pairs (image, text) [K]; fastest where pairs of one picture follow each other. */
  match(images: EncodedSet, texts: EncodedSet, pairs: readonly (readonly [number, number])[]): Promise<Float32Array>;
  release(): Promise<void>;
}

const ENCODE_BATCH = 64;
const MATCH_BATCH = 64;
const float32 = (shape: number[], data: Float32Array) => ({ dtype: 'float32' as const, shape, data });
const float16 = (shape: number[], data: Uint16Array) => ({ dtype: 'float16' as const, shape, data });
const int64 = (shape: number[], data: BigInt64Array) => ({ dtype: 'int64' as const, shape, data });

/** Loads the graphs of a model. */
export async function openRetrievalModel(
  { graph, config }: Pick<MeasuredModel, 'graph' | 'config'>,
  { signal, onProgress, ...options }: MeasureOptions = {},
): Promise<RetrievalModel> {
  const imageEncoder = await openSession(graph('image_encoder'), options);
  const textEncoder = await openSession(graph('text_encoder'), options);
  const matcher = await openSession(graph('matcher'), options);
  checkTokenInputs('matcher', matcher.inputs);
  const { width, embedding, image } = config;
  function* batches(stage: MeasureStage, count: number, size: number) {
    for (let from = 0; from < count; from += size) {
      signal?.throwIfAborted();
      const to = Math.min(count, from + size);
      yield [from, to] as const;
      onProgress?.(stage, to, count);
    }
  }

  const makeSet = (count: number, rows: number): EncodedSet => ({
    count,
    rows,
    embeddings: new Float32Array(count * embedding),
    tokens: new Uint16Array(count * rows * width),
  });

  return {
    async encodeImages(count, pixelsOf) {
      const rows = imageTokenCount(config);
      const set = makeSet(count, rows);
      const size = 3 * image.size ** 2;
      for (const [from, to] of batches('pictures', count, ENCODE_BATCH)) {
        const pixels = new Float32Array((to - from) * size);
        await Promise.all(
          Array.from({ length: to - from }, async (_, i) => pixels.set(await pixelsOf(from + i), i * size)),
        );
        const out = await imageEncoder.run({ pixel_values: float32([to - from, 3, image.size, image.size], pixels) });
        set.embeddings.set(out.image_embedding!.data as Float32Array, from * embedding);
        set.tokens.set(floatsToHalves(out.image_tokens!.data as Float32Array), from * rows * width);
      }
      return set;
    },
    async encodeTexts(texts, padId) {
      const rows = Math.max(1, ...texts.map(({ inputIds }) => inputIds.length));
      const set = makeSet(texts.length, rows);
      const mask = new BigInt64Array(texts.length * rows);
      for (const [from, to] of batches('texts', texts.length, ENCODE_BATCH)) {
        const { inputIds, attentionMask } = padTexts(texts.slice(from, to), padId, rows);
        const shape = [to - from, rows];
        const out = await textEncoder.run({
          input_ids: int64(shape, inputIds),
          attention_mask: int64(shape, attentionMask),
        });
        set.embeddings.set(out.text_embedding!.data as Float32Array, from * embedding);
        set.tokens.set(floatsToHalves(out.text_tokens!.data as Float32Array), from * rows * width);
        mask.set(attentionMask, from * rows);
      }
      return { ...set, mask };
    },
    async match(images, texts, pairs) {
      const scores = new Float32Array(pairs.length);
      for (const [from, to] of batches('pairs', pairs.length, MATCH_BATCH)) {
        const batch = pairs.slice(from, to);
        const image = distinctRows(batch.map(([member]) => member));
        const text = distinctRows(batch.map(([, member]) => member));
        const out = await matcher.run({
          image_tokens: float16(
            [image.members.length, images.rows, width],
            gatherRows(images.tokens, image.members, images.rows * width),
          ),
          text_tokens: float16(
            [text.members.length, texts.rows, width],
            gatherRows(texts.tokens, text.members, texts.rows * width),
          ),
          attention_mask: int64([text.members.length, texts.rows], gatherRows(texts.mask!, text.members, texts.rows)),
          image_rows: int64([batch.length], image.rows),
          text_rows: int64([batch.length], text.rows),
        });
        const logits = out.itm_logits!.data as Float32Array;
        for (let k = 0; k < batch.length; k++) scores[from + k] = logits[2 * k + 1]! - logits[2 * k]!;
      }
      return scores;
    },
    async release() {
      await Promise.all([imageEncoder.release(), textEncoder.release(), matcher.release()]);
    },
  };
}

/** Each member once, and the place of every one of `all` among them. */
function distinctRows(all: readonly number[]): { members: number[]; rows: BigInt64Array } {
  const members = [...new Set(all)];
  const rowOf = new Map(members.map((member, row) => [member, BigInt(row)]));
  return { members, rows: BigInt64Array.from(all, (member) => rowOf.get(member)!) };
}

/** Members of a set whose members have `size` numbers each, one after the other. */
function gatherRows<A extends Uint16Array | BigInt64Array>(source: A, members: readonly number[], size: number): A {
  const rows = new (source.constructor as new (length: number) => A)(members.length * size);
  members.forEach((member, row) => {
    rows.set(source.subarray(member * size, (member + 1) * size) as never, row * size);
  });
  return rows;
}

/** Cosines of all pictures with all texts [N,M], row by row. */
export function cosines(images: EncodedSet, texts: EncodedSet): Float32Array {
  const width = images.embeddings.length / images.count;
  const out = new Float32Array(images.count * texts.count);
  for (let i = 0; i < images.count; i++) {
    for (let j = 0; j < texts.count; j++) {
      let sum = 0;
      for (let e = 0; e < width; e++) sum += images.embeddings[i * width + e]! * texts.embeddings[j * width + e]!;
      out[i * texts.count + j] = sum;
    }
  }
  return out;
}
