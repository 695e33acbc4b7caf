import type { PublishedLayout, PublishedParameter } from './published-weights.js';

/** The names of timm's VisionTransformer that our image encoder has as well. */
const SHARED =
  /^(cls_token|pos_embed|norm\.(weight|bias)|blocks\.\d+\.(norm1|norm2|attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)\.(weight|bias))$/;

/** A Vision Transformer as timm (`vit_base_patch16_224`), DeiT and ALBEF publish it: pre-norm blocks, [CLS], learned positions. */
export const TIMM_VIT: PublishedLayout = {
  encoder: 'image_encoder',
  kind: "a Vision Transformer under timm's names",
  anchor: 'patch_embed.proj.weight',
  // Classifiers over ImageNet.
  ignored: /^(head|head_dist|pre_logits)\./,
  advice: { 'image_encoder.patch_embed.weight': 'model.width and model.image.patch must be those of the weights' },
  translate(tensors) {
    const found = new Map<string, PublishedParameter>();
    for (const name of tensors.names()) {
      const own = name.replace(/^patch_embed\.proj\.(weight|bias)$/, 'patch_embed.$1');
      if (own !== name || SHARED.test(name)) found.set(own, tensors.take(name));
    }
    return found;
  },
};
