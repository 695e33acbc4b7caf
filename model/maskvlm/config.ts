import { z } from 'zod';
import { ExpectationError } from '../errors.js';

// The error text of a rule is what should have been written: it becomes the `expected` of the message.
const whole = { error: 'a whole number of at least 1' };
const size = z.int(whole).min(1, whole);
const section = <T extends z.core.$ZodLooseShape>(shape: T) => {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `one of ${keys}` : `a mapping with keys out of ${keys}`),
  });
};

/**
 * The size of a MaskVLM. Letters used in shapes throughout: B batch, N image tokens ([CLS] and one per patch), L text tokens, D width,
 * H heads, E embedding, V vocabulary, P patch, S image size in pixels.
 */
export const modelConfigSchema = section({
  /** D: width of every token, in both modalities: their product is what ITM reads (section 3.2). */
  width: size,
  heads: size,
  /** Hidden width of the feed-forward layers, as a multiple of D. */
  mlpRatio: size,
  /** E: width of the unit vectors that ITC compares. */
  embedding: size,
  image: section({ size, patch: size, depth: size }),
  /** `maxLength` text tokens have a position embedding; texts are cut to it. */
  text: section({ vocabularySize: size, maxLength: size, depth: size }),
  /** Blocks of each cross-modality encoder. */
  crossDepth: size,
  /** Blocks of the image cross-modality decoder. */
  decoderDepth: size,
});
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** Named sizes. `base` is the paper's: ViT-B/16, RoBERTa-base, 3 + 3 cross blocks and 3 decoder blocks. */
export const presets = {
  tiny: {
    width: 128,
    heads: 4,
    mlpRatio: 4,
    embedding: 64,
    image: { size: 96, patch: 12, depth: 3 },
    text: { vocabularySize: 512, maxLength: 32, depth: 2 },
    crossDepth: 2,
    decoderDepth: 1,
  },
  base: {
    width: 768,
    heads: 12,
    mlpRatio: 4,
    embedding: 256,
    image: { size: 224, patch: 16, depth: 12 },
    text: { vocabularySize: 50265, maxLength: 512, depth: 12 },
    crossDepth: 3,
    decoderDepth: 3,
  },
} satisfies Record<string, ModelConfig>;

/** Number of patches along one side. */
export const gridOf = ({ image }: Pick<ModelConfig, 'image'>): number => image.size / image.patch;

/** N: image tokens, [CLS] included. */
export const imageTokenCount = (config: ModelConfig): number => gridOf(config) ** 2 + 1;

type Overrides = { preset?: string; [key: string]: unknown };

/** The size that a preset's name, or a preset with overrides, stands for. Throws for an unknown preset, key or an impossible size. */
export function resolveModelConfig(model: string | Overrides): ModelConfig {
  const { preset = 'tiny', ...overrides }: Overrides = typeof model === 'string' ? { preset: model } : model;
  const base = Object.hasOwn(presets, preset) ? presets[preset as keyof typeof presets] : null;
  if (!base) throw new ExpectationError('model.preset', `one of ${Object.keys(presets).join(', ')}`, preset);
  const merged = structuredClone(base) as Record<string, unknown>;
  for (const [key, value] of Object.entries(overrides)) {
    merged[key] = value && typeof value === 'object' ? { ...(merged[key] as object), ...value } : value;
  }
  const parsed = modelConfigSchema.safeParse(merged);
  if (!parsed.success) throw sizeError(parsed.error.issues[0]!, merged);
  return checkModelConfig(parsed.data);
}

function sizeError(issue: z.core.$ZodIssue, given: unknown): ExpectationError {
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], given);
  const got = issue.code === 'unrecognized_keys' ? issue.keys[0]! : (JSON.stringify(value) ?? 'nothing');
  return new ExpectationError(['model', ...issue.path].join('.'), issue.message, got);
}

/** Returns `config` when its sizes fit together. */
export function checkModelConfig(config: ModelConfig): ModelConfig {
  const { width, heads, image } = config;
  if (width % heads !== 0) throw new ExpectationError('model.width', `a multiple of heads (${heads})`, String(width));
  if (image.size % image.patch !== 0)
    throw new ExpectationError('model.image.size', `a multiple of patch (${image.patch})`, String(image.size));
  return config;
}
