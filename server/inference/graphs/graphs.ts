import type { BundleRole } from '../../../model/bundle/bundle-role.js';
import { entailmentClassifier, nlvr2Classifier } from './classifiers.js';
import { explainer } from './explainer.js';
import type { GraphCodec } from './graph-codec.js';
import { imageEncoder } from './image-encoder.js';
import { imagePreparer } from './image-preparer.js';
import { matcher } from './matcher.js';
import { answerer, answerRanker } from './question-answering.js';
import { imageReconstructor, textReconstructor } from './reconstructors.js';
import { textEncoder } from './text-encoder.js';

/** All work that this server gives to the graphs of a model; each kind has its own queue. */
const CODECS = {
  image_encoder: imageEncoder,
  text_encoder: textEncoder,
  matcher,
  image_preparer: imagePreparer,
  answerer,
  answer_ranker: answerRanker,
  nlvr2_classifier: nlvr2Classifier,
  ve_classifier: entailmentClassifier,
  text_reconstructor: textReconstructor,
  image_reconstructor: imageReconstructor,
  explainer,
} as const;

export type Work = keyof typeof CODECS;

type InputOf<Codec> = Codec extends GraphCodec<infer Input, infer _Message, infer _Output> ? Input : never;
type OutputOf<Codec> = Codec extends GraphCodec<infer _Input, infer _Message, infer Output> ? Output : never;

export type WorkInput<W extends Work> = InputOf<(typeof CODECS)[W]>;
export type WorkOutput<W extends Work> = OutputOf<(typeof CODECS)[W]>;

/** Every graph that this server runs, by its role in a bundle. A bundle may hold more; those are not loaded. */
export const ROLES: readonly BundleRole[] = [...new Set(Object.values(CODECS).flatMap(({ roles }) => roles))];

/** The codec of a kind of work with its types erased, for code that only passes messages through. */
export function codecOf(work: Work): GraphCodec<unknown, unknown, unknown> {
  return CODECS[work] as unknown as GraphCodec<unknown, unknown, unknown>;
}
