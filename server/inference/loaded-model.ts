import { performance } from 'node:perf_hooks';
import type { Manifest } from '../../model/bundle/manifest.js';
import { PictureError, type PictureInfo } from '../../model/image/picture.js';
import type { GraphInput, GraphOutput, Role } from './graphs/graphs.js';
import type { Pair } from './graphs/matcher.js';
import type { EncodedText } from './graphs/text-encoder.js';
import { inLanes } from './in-lanes.js';
import { queueName } from './model-runner.js';
import type { PicturePreparer } from './picture-preparer.js';
import type { Scheduler } from './scheduler.js';
import type { Encoded } from './tokens.js';
import type { WorkOptions } from './work-queue.js';

/** Milliseconds, added up by every call that is given the same object. */
export interface StageTimes {
  /** Decoding pictures, cutting texts into tokens. */
  decodeMs: number;
  /** Encoding, waiting for others included. */
  encodeMs: number;
  /** What workers took to feed the graphs. */
  feedMs: number;
  /** While graphs ran; several that ran at the same time in different workers count once. */
  modelMs: number;
}

export const noTimes = (): StageTimes => ({ decodeMs: 0, encodeMs: 0, feedMs: 0, modelMs: 0 });

export interface EncodeOptions extends WorkOptions {
  times?: StageTimes;
}

/** An encoded picture, with what its header says. */
export type EncodedPicture = Encoded & PictureInfo;

/** What the server has to know of a bundle. */
export type ModelManifest = Pick<
  Manifest,
  'name' | 'id' | 'family' | 'tasks' | 'config' | 'metrics' | 'rerank' | 'image'
>;

/** One model, ready to run; its graphs live in worker threads. All methods throw OverloadedError and AbortedError. */
export class LoadedModel {
  #embeddingSize = 0;

  constructor(
    readonly manifest: ModelManifest,
    readonly preparer: PicturePreparer,
    readonly scheduler: Scheduler,
  ) {}

  /** E, known after {@link warmUp}. */
  get embeddingSize(): number {
    return this.#embeddingSize;
  }

  /** How many pairs one chunk of a re-ranking should have, so that others' work comes in between. */
  matchChunk(): number {
    return this.scheduler.batchLimit(queueName(this.manifest.name, 'matcher'));
  }

  /** Encodes pictures; one that cannot be used has its error in its place. */
  async encodeImages(
    pictures: readonly Uint8Array[],
    options: EncodeOptions = {},
  ): Promise<(EncodedPicture | PictureError)[]> {
    const started = performance.now();
    const prepared = await Promise.all(pictures.map((bytes) => this.#preparePicture(bytes, options)));
    const decoded = performance.now();
    const usable = prepared.flatMap((picture) => (picture instanceof PictureError ? [] : [picture.pixels]));
    const encoded = await this.#run('image_encoder', usable, options);
    addTimes(options.times, { decodeMs: decoded - started, encodeMs: performance.now() - decoded });
    let next = 0;
    return prepared.map((picture) => {
      if (picture instanceof PictureError) return picture;
      const { pixels: _, ...info } = picture;
      return { ...encoded[next++]!, ...info };
    });
  }

  /** Encodes texts, which must not be empty. */
  async encodeTexts(texts: readonly string[], options: EncodeOptions = {}): Promise<EncodedText[]> {
    const started = performance.now();
    const own: EncodeOptions = { ...options, times: noTimes() };
    const encoded = await this.#run('text_encoder', texts, own);
    // Cutting a text into tokens is the greatest part of feeding it.
    const { modelMs, feedMs } = own.times!;
    addTimes(options.times, { modelMs, decodeMs: feedMs, encodeMs: performance.now() - started - feedMs });
    return encoded;
  }

  /**
   * Probability, 0 to 1, of each pair that the text describes the picture (section 3.3 of the paper: the ITM head); null where the store
   * has the tokens no more.
   */
  async match(pairs: readonly Pair[], options: EncodeOptions = {}): Promise<(number | null)[]> {
    const margins = await this.#run('matcher', pairs, options);
    return margins.map((margin) => (margin === null ? null : 1 / (1 + Math.exp(-margin))));
  }

  /** Runs everything once: later runs are faster, and the scheduler knows how long they take. Throws if a graph does not run. */
  async warmUp(): Promise<void> {
    if (!this.manifest.tasks.includes('retrieval')) return;
    const [sentence] = await this.encodeTexts(['warm-up']);
    this.#embeddingSize = sentence!.embedding.length;
    const [picture] = await this.encodeImages([GREY_PICTURE]);
    if (picture instanceof PictureError) throw picture;
    for (const count of [1, 4]) {
      await this.match(Array.from({ length: count }, () => ({ image: picture!, text: sentence! })));
    }
  }

  async #preparePicture(
    bytes: Uint8Array,
    options: EncodeOptions,
  ): Promise<(PictureInfo & { pixels: Float32Array }) | PictureError> {
    try {
      return await this.preparer.run('picture', { bytes, settings: this.manifest.image }, options);
    } catch (error) {
      if (error instanceof PictureError) return error;
      throw error;
    }
  }

  #run<R extends Role>(role: R, inputs: readonly GraphInput<R>[], options: EncodeOptions): Promise<GraphOutput<R>[]> {
    const queue = queueName(this.manifest.name, role);
    const limit = (): number => this.scheduler.batchLimit(queue);
    return inLanes(inputs, limit, async (chunk) => {
      const { outputs, prepareMs, runMs } = await this.scheduler.submit(queue, chunk, options);
      if (options.times) addRun(options.times, prepareMs, runMs);
      return outputs as GraphOutput<R>[];
    });
  }
}

function addTimes(times: StageTimes | undefined, added: Partial<StageTimes>): void {
  if (!times) return;
  for (const [stage, ms] of Object.entries(added)) times[stage as keyof StageTimes] += ms;
}

/** When the last run that counted for these times ended. */
const ranUntil = new WeakMap<StageTimes, number>();

function addRun(times: StageTimes, prepareMs: number, runMs: number): void {
  const now = performance.now();
  const since = now - (ranUntil.get(times) ?? 0);
  ranUntil.set(times, now);
  addTimes(times, { feedMs: prepareMs, modelMs: Math.min(runMs, since) });
}

/** A PNG of one grey pixel. */
const GREY_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNoaGgAAAMEAYEezv+mAAAAAElFTkSuQmCC',
  'base64',
);
