// Which published names become which parameters, and what is said of the rest.
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../model/safetensors/tensor.js';
import { translateWeights } from '../../../training/weights/published-weights.js';
import { ROBERTA } from '../../../training/weights/roberta.js';
import { TIMM_VIT } from '../../../training/weights/timm-vit.js';
import { robertaWeights, vitWeights } from '../../fixtures/published-models.js';
import { layoutOf, SMALL } from '../../fixtures/small-pretraining.js';

const own = (encoder: string) =>
  layoutOf(SMALL)
    .parameters.filter(({ name }) => name.startsWith(`${encoder}.`))
    .map(({ name }) => name);
const renamed = (weights: Map<string, Tensor>, change: (name: string) => string) =>
  new Map([...weights].map(([name, tensor]) => [change(name), tensor]));
const tensor = (...shape: number[]): Tensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)),
});

describe('a Vision Transformer', () => {
  const weights = vitWeights(SMALL);

  test.each(['', 'module.', 'model.', 'visual_encoder.', 'module.visual_encoder.'])(
    'gives all parameters of the image encoder but the mask token; prefix "%s"',
    (prefix) => {
      const { parameters, unexpected } = translateWeights(
        'f',
        TIMM_VIT,
        renamed(weights, (name) => prefix + name),
      );
      const without = own('image_encoder').filter((name) => name !== 'image_encoder.mask_token');
      expect([...parameters.keys()].sort()).toEqual(without.sort());
      expect(unexpected).toEqual([]);
      expect(parameters.get('image_encoder.patch_embed.weight')).toMatchObject({
        from: [`${prefix}patch_embed.proj.weight`],
        data: weights.get('patch_embed.proj.weight')!.data,
      });
    },
  );

  test('beside a momentum copy and a text encoder gives itself, and names the others', () => {
    const copies = ['visual_encoder_m.', 'visual_encoder.'].flatMap((prefix) => [
      ...renamed(weights, (name) => prefix + name),
    ]);
    const all = new Map([...copies, ['text_encoder.bert.x', tensor(1)], ['temp', tensor()]]);
    const { parameters, unexpected } = translateWeights('f', TIMM_VIT, all);
    expect(parameters.get('image_encoder.norm.bias')!.from).toEqual(['visual_encoder.norm.bias']);
    expect(unexpected).toHaveLength(weights.size + 2);
    expect(unexpected).toContain('visual_encoder_m.norm.bias');
    expect(unexpected).toContain('temp');
  });

  test('with layers that the encoder has not names them', () => {
    const all = new Map([...weights, ['blocks.0.ls1.gamma', tensor(16)], ['fc_norm.weight', tensor(16)]]);
    expect(translateWeights('f', TIMM_VIT, all).unexpected).toEqual(['blocks.0.ls1.gamma', 'fc_norm.weight']);
  });

  test('that is none is refused', () => {
    expect(() => translateWeights('--init-image f', TIMM_VIT, new Map([['conv1.weight', tensor(1)]]))).toThrow(
      "--init-image f: expected a Vision Transformer under timm's names, with a tensor patch_embed.proj.weight, got 1 tensors without one (conv1.weight)",
    );
  });

  test('of integers is refused', () => {
    const data = new BigInt64Array(16);
    const all = new Map(weights).set('norm.bias', { dtype: 'I64', shape: [16], data });
    expect(() => translateWeights('f', TIMM_VIT, all)).toThrow('f: norm.bias: expected F32, F16, BF16 or F64, got I64');
  });
});

describe('a RoBERTa', () => {
  const weights = robertaWeights(SMALL, 10);

  test.each(['roberta.', '', 'text_encoder.roberta.'])(
    'gives all parameters of the text encoder; prefix "%s"',
    (prefix) => {
      const { parameters, unexpected } = translateWeights(
        'f',
        ROBERTA,
        renamed(weights, (name) => name.replace('roberta.', prefix)),
      );
      expect([...parameters.keys()].sort()).toEqual(own('text_encoder').sort());
      // It reads the text encoder's output through layers that the classifier here has not.
      expect(unexpected).toEqual([...weights.keys()].filter((name) => name.startsWith('lm_head.')));
    },
  );

  test('has queries, keys and values put together, in this order', () => {
    const { parameters } = translateWeights('f', ROBERTA, weights);
    const names = ['query', 'key', 'value'].map((part) => `roberta.encoder.layer.1.attention.self.${part}.weight`);
    expect(parameters.get('text_encoder.blocks.1.attn.qkv.weight')).toEqual({
      shape: [48, 16],
      data: Float32Array.from(names.flatMap((name) => [...(weights.get(name)!.data as Float32Array)])),
      from: names,
    });
  });

  test('has its token type added to every position', () => {
    const { data } = translateWeights('f', ROBERTA, weights).parameters.get('text_encoder.position_embeddings.weight')!;
    const [table, type] = ['position', 'token_type'].map(
      (kind) => weights.get(`roberta.embeddings.${kind}_embeddings.weight`)!.data as Float32Array,
    );
    for (const i of [0, 5, 17, 159]) expect(data[i]).toBe(Math.fround(table![i]! + type![i % 16]!));
  });

  test('keeps its positions where there is no token type, and its buffer of ids is no news', () => {
    const all = new Map(weights).set('roberta.embeddings.position_ids', {
      dtype: 'I64',
      shape: [1, 10],
      data: new BigInt64Array(10),
    });
    all.delete('roberta.embeddings.token_type_embeddings.weight');
    const { parameters, unexpected } = translateWeights('f', ROBERTA, all);
    expect(parameters.get('text_encoder.position_embeddings.weight')!.data).toBe(
      weights.get('roberta.embeddings.position_embeddings.weight')!.data,
    );
    expect(unexpected).not.toContain('roberta.embeddings.position_ids');
  });

  test('that lacks its keys gives no attention, and names its queries', () => {
    const all = new Map(weights);
    all.delete('roberta.encoder.layer.0.attention.self.key.bias');
    const { parameters, unexpected } = translateWeights('f', ROBERTA, all);
    expect(parameters.has('text_encoder.blocks.0.attn.qkv.bias')).toBe(false);
    expect(unexpected).toContain('roberta.encoder.layer.0.attention.self.query.bias');
  });

  test.each<[string, string, Tensor, RegExp]>([
    [
      'two token types, as BERT',
      'roberta.embeddings.token_type_embeddings.weight',
      tensor(2, 16),
      /f: roberta\.embeddings\.token_type_embeddings\.weight: expected RoBERTa's one token type, \[1,16\], got \[2,16\]/,
    ],
    [
      'fewer keys than queries',
      'roberta.encoder.layer.1.attention.self.key.weight',
      tensor(8, 16),
      /expected query, key and value of one shape, got \[16,16\], \[8,16\], \[16,16\]/,
    ],
  ])('with %s is refused', (_, name, value, message) => {
    expect(() => translateWeights('f', ROBERTA, new Map(weights).set(name, value))).toThrow(message);
  });
});
