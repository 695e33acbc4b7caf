import { add, concat, expand, mul, reshape, sub, transpose } from '../graph/ops.js';
import type { Value } from '../graph/value.js';
import { selfAttention } from '../layers/attention.js';
import { linearWith, norm } from '../layers/linear.js';
import { mlp } from '../layers/mlp.js';
import { NORMAL, type Scope, ZEROS } from '../layers/scope.js';
import { gridOf, type ModelConfig } from './config.js';

const EPSILON = 1e-6;

/** Cuts pictures into patches, row by row, channels before rows and columns: [B,3,S,S] -> [B,N-1,3*P*P]. */
export function patchify(pixels: Value, config: ModelConfig): Value {
  const { patch } = config.image;
  const grid = gridOf(config);
  const batch = pixels.shape[0]!;
  const cut = reshape(pixels, [batch, 3, grid, patch, grid, patch]);
  return reshape(transpose(cut, [0, 2, 4, 1, 3, 5]), [batch, grid * grid, 3 * patch * patch]);
}

/** Pre-norm self-attention block of the Vision Transformer: [B,N,D] -> [B,N,D]. */
function block(scope: Scope, x: Value, { heads, mlpRatio }: ModelConfig): Value {
  const attended = add(x, selfAttention(scope, 'attn', norm(scope, 'norm1', x, EPSILON), heads, null));
  return add(attended, mlp(scope, 'mlp', norm(scope, 'norm2', attended, EPSILON), mlpRatio));
}

/** An image encoder's patch embeddings before [CLS] and positions: patches [B,N-1,3*P*P] -> [B,N-1,D]. */
export function embedPatches(scope: Scope, patches: Value, { width, image: { patch } }: ModelConfig): Value {
  return scope.within('patch_embed', (inner) => {
    const weight = inner.parameter('weight', [width, 3, patch, patch], NORMAL);
    return linearWith(patches, reshape(weight, [width, 3 * patch * patch]), inner.parameter('bias', [width], ZEROS));
  });
}

/** Puts the mask token where `mask` [B,N-1] is 1, before positions are added (SimMIM). Shapes: [B,N-1,D] -> [B,N-1,D]. */
export function maskPatches(scope: Scope, embedded: Value, mask: Value, { width }: ModelConfig): Value {
  const token = scope.parameter('mask_token', [1, 1, width], NORMAL);
  const chosen = reshape(mask, [...mask.shape, 1]);
  return add(mul(embedded, sub(1, chosen)), mul(chosen, token));
}

/** f_im after the patch embedding: adds [CLS] and positions and runs the blocks. [B,N-1,D] -> image tokens [B,N,D] (section 3.1). */
export function encodePatches(scope: Scope, embedded: Value, config: ModelConfig): Value {
  const { width, image } = config;
  const [batch, patches] = embedded.shape as [Value['shape'][0], number];
  const cls = expand(scope.parameter('cls_token', [1, 1, width], NORMAL), [batch, 1, width]);
  let x = add(concat([cls, embedded], 1), scope.parameter('pos_embed', [1, patches + 1, width], NORMAL));
  for (let i = 0; i < image.depth; i++) x = scope.within(`blocks.${i}`, (inner) => block(inner, x, config));
  return norm(scope, 'norm', x, EPSILON);
}

/** f_im: pixels [B,3,S,S], normalised -> image tokens [B,N,D], the first being [CLS]. */
export function imageEncoder(root: Scope, pixels: Value, config: ModelConfig): Value {
  return root.within('image_encoder', (scope) =>
    encodePatches(scope, embedPatches(scope, patchify(pixels, config), config), config),
  );
}
