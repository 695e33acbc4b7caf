import type { GraphCodec } from './graph-codec.js';
import { imageEncoder } from './image-encoder.js';
import { matcher } from './matcher.js';
import { textEncoder } from './text-encoder.js';

/** Every graph that this server runs, by its role in a bundle. A bundle may hold more; those are not loaded. */
export const GRAPHS = {
  image_encoder: imageEncoder,
  text_encoder: textEncoder,
  matcher,
} as const;

export type Role = keyof typeof GRAPHS;

type InputOf<Codec> = Codec extends GraphCodec<infer Input, infer _Message, infer _Output> ? Input : never;
type OutputOf<Codec> = Codec extends GraphCodec<infer _Input, infer _Message, infer Output> ? Output : never;

export type GraphInput<R extends Role> = InputOf<(typeof GRAPHS)[R]>;
export type GraphOutput<R extends Role> = OutputOf<(typeof GRAPHS)[R]>;

export const ROLES = Object.keys(GRAPHS) as Role[];

/** The codec of a role with its types erased, for code that only passes messages through. */
export function codecOf(role: Role): GraphCodec<unknown, unknown, unknown> {
  return GRAPHS[role] as unknown as GraphCodec<unknown, unknown, unknown>;
}
