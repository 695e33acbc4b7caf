import { ExpectationError, expect } from '../../model/errors.js';
import type { NamedTensors, PublishedLayout, PublishedParameter } from './published-weights.js';

const TOKEN_TYPES = 'embeddings.token_type_embeddings.weight';
const POSITIONS = 'embeddings.position_embeddings.weight';
const PROJECTION = /^encoder\.layer\.(\d+)\.attention\.self\.query\.(weight|bias)$/;

/** Hugging Face's names, as patterns, and ours. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^embeddings\.(word_embeddings\.weight)$/, '$1'],
  [/^embeddings\.LayerNorm\.(weight|bias)$/, 'norm.$1'],
  [/^encoder\.layer\.(\d+)\.attention\.output\.dense\.(weight|bias)$/, 'blocks.$1.attn.proj.$2'],
  [/^encoder\.layer\.(\d+)\.attention\.output\.LayerNorm\.(weight|bias)$/, 'blocks.$1.norm1.$2'],
  [/^encoder\.layer\.(\d+)\.intermediate\.dense\.(weight|bias)$/, 'blocks.$1.mlp.fc1.$2'],
  [/^encoder\.layer\.(\d+)\.output\.dense\.(weight|bias)$/, 'blocks.$1.mlp.fc2.$2'],
  [/^encoder\.layer\.(\d+)\.output\.LayerNorm\.(weight|bias)$/, 'blocks.$1.norm2.$2'],
];

/** Queries, keys and values one below the other, as `qkv` has them: [D,D] each -> [3D,D], or [D] each -> [3D]. */
function fuse(tensors: NamedTensors, query: string): PublishedParameter {
  const parts = ['query', 'key', 'value'].map((part) => tensors.take(query.replace('query', part)));
  const { shape } = parts[0]!;
  const same = parts.every((part) => `${part.shape}` === `${shape}`);
  const got = parts.map((part) => `[${part.shape}]`).join(', ');
  expect(same, `${tensors.what}: ${query}`, 'query, key and value of one shape', got);
  const size = parts[0]!.data.length;
  const data = new Float32Array(3 * size);
  for (const [i, part] of parts.entries()) data.set(part.data, i * size);
  return { shape: [3 * (shape[0] ?? 0), ...shape.slice(1)], data, from: parts.flatMap(({ from }) => from) };
}

/**
 * The position embeddings [514,D] with the one token type embedding [1,D] added to every row: the sum of the embeddings, which is all
 * that reads either, stays the same. BERT's, two types, have no place here.
 */
function positions(tensors: NamedTensors): PublishedParameter {
  const table = tensors.take(POSITIONS);
  if (!tensors.has(TOKEN_TYPES)) return table;
  const type = tensors.take(TOKEN_TYPES);
  const width = table.shape[1];
  if (`${type.shape}` !== `1,${width}`) {
    const expected = `RoBERTa's one token type, [1,${width}]`;
    throw new ExpectationError(`${tensors.what}: ${type.from}`, expected, `[${type.shape}]`);
  }
  const data = table.data.map((x, i) => x + type.data[i % type.data.length]!);
  return { ...table, data, from: [...table.from, ...type.from] };
}

/** RoBERTa as Hugging Face publishes it (`roberta-base`): post-norm blocks, positions from 2 on, one token type. */
export const ROBERTA: PublishedLayout = {
  encoder: 'text_encoder',
  kind: "RoBERTa under Hugging Face's names",
  anchor: 'embeddings.word_embeddings.weight',
  // A buffer: 0, 1, 2, ...
  ignored: /^embeddings\.position_ids$/,
  advice: {
    'text_encoder.word_embeddings.weight':
      'model.width must be that of the weights, and tokenizer: {vocab, merges} name the files beside them',
  },
  translate(tensors) {
    const found = new Map<string, PublishedParameter>();
    if (tensors.has(POSITIONS)) found.set('position_embeddings.weight', positions(tensors));
    for (const name of tensors.names()) {
      const [, block, kind] = PROJECTION.exec(name) ?? [];
      if (block && ['key', 'value'].every((part) => tensors.has(name.replace('query', part))))
        found.set(`blocks.${block}.attn.qkv.${kind}`, fuse(tensors, name));
      const [pattern, own] = RENAMED.find(([candidate]) => candidate.test(name)) ?? [];
      if (pattern && own) found.set(name.replace(pattern, own), tensors.take(name));
    }
    return found;
  },
};
