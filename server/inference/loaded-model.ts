import { performance } from 'node:perf_hooks';
import type { Manifest } from '../../model/bundle/manifest.js';
import { PictureError, type PictureInfo } from '../../model/image/picture.js';
import { type ModelConfig, modelConfigSchema } from '../../model/maskvlm/config.js';
import { matchProbability } from '../../model/maskvlm/match-probability.js';
import { preparedSize } from '../../model/maskvlm/prepared-image.js';
import type { Work, WorkInput, WorkOutput } from './graphs/graphs.js';
import type { Pair } from './graphs/matcher.js';
import type { TextInput, TextOutput } from './graphs/text-encoder.js';
import { inLanes } from './in-lanes.js';
import { queueName } from './model-runner.js';
import type { PicturePreparer } from './picture-preparer.js';
import type { Scheduler } from './scheduler.js';
import { addRun, addTimes, noTimes, type StageTimes } from './stage-times.js';
import type { Encoded, Tokens } from './tokens.js';
import { warmUp } from './warm-up.js';
import type { WorkOptions } from './work-queue.js';

export interface EncodeOptions extends WorkOptions {
  times?: StageTimes;
}

/** An encoded picture, with what its header says. */
export type EncodedPicture = Encoded & PictureInfo;

/** `truncated` says that the text was longer than the model reads. */
export type EncodedText = Encoded & Pick<TextOutput, 'truncated' | 'pieces'>;

/** What the server has to know of a bundle. */
export type ModelManifest = Pick<
  Manifest,
  'name' | 'id' | 'family' | 'tasks' | 'config' | 'graphs' | 'metrics' | 'rerank' | 'itc' | 'image' | 'provenance'
>;

/** One model, ready to run; its graphs live in worker threads. All methods throw OverloadedError and AbortedError. */
export class LoadedModel {
  /** The sizes of the network. */
  readonly config: ModelConfig;
  #embeddingSize = 0;

  constructor(
    readonly manifest: ModelManifest,
    readonly preparer: PicturePreparer,
    readonly scheduler: Scheduler,
  ) {
    this.config = modelConfigSchema.parse(manifest.config);
  }

  /** E, known after {@link warmUp}; 0 where the model has no common space. */
  get embeddingSize(): number {
    return this.#embeddingSize;
  }

  /** How many pairs one chunk of a re-ranking should have, so that others' work comes in between. */
  matchChunk(): number {
    return this.scheduler.batchLimit(queueName(this.manifest.name, 'matcher'));
  }

  /** Encodes pictures for retrieval; one that cannot be used has its error in its place. */
  encodeImages(pictures: readonly Uint8Array[], options?: EncodeOptions): Promise<(EncodedPicture | PictureError)[]> {
    return this.imageTokens(pictures, options) as Promise<(EncodedPicture | PictureError)[]>;
  }

  /** Encodes texts for retrieval, which must not be empty. */
  encodeTexts(texts: readonly TextInput[], options?: EncodeOptions): Promise<EncodedText[]> {
    return this.textTokens(texts, options) as Promise<EncodedText[]>;
  }

  /** Pictures as the other graphs of the model take them, [N,D] each; one that cannot be used has its error in its place. */
  async imageTokens(
    pictures: readonly Uint8Array[],
    options: EncodeOptions = {},
  ): Promise<((Tokens & PictureInfo) | PictureError)[]> {
    const started = performance.now();
    const prepared = await Promise.all(pictures.map((bytes) => this.#preparePicture(bytes, options)));
    const decoded = performance.now();
    const usable = prepared.flatMap((picture) => (picture instanceof PictureError ? [] : [picture.pixels]));
    const encoded = await this.run('image_encoder', usable, options);
    addTimes(options.times, { decodeMs: decoded - started, encodeMs: performance.now() - decoded });
    let next = 0;
    return prepared.map((picture) => {
      if (picture instanceof PictureError) return picture;
      const { pixels: _, ...info } = picture;
      return { ...encoded[next++]!, ...info };
    });
  }

  /** Texts, which must not be empty, as the other graphs of the model take them, [L,D] each. */
  async textTokens(texts: readonly TextInput[], options: EncodeOptions = {}): Promise<TextOutput[]> {
    const started = performance.now();
    const own: EncodeOptions = { ...options, times: noTimes() };
    const encoded = await this.run('text_encoder', texts, own);
    // Cutting a text into tokens is the greatest part of feeding it.
    const { modelMs, feedMs } = own.times!;
    addTimes(options.times, { modelMs, decodeMs: feedMs, encodeMs: performance.now() - started - feedMs });
    return encoded;
  }

  /**
   * Probability, 0 to 1, of each pair that the text describes the picture (section 3.2 of the paper: the ITM head); null where the store
   * has the tokens no more.
   */
  async match(pairs: readonly Pair[], options: EncodeOptions = {}): Promise<(number | null)[]> {
    const margins = await this.run('matcher', pairs, options);
    return margins.map((margin) => (margin === null ? null : matchProbability(margin)));
  }

  /** What the matcher needs of pictures whatever the text is (float16 bits), from their tokens: to be stored beside them. */
  prepareImages(pictures: readonly Tokens[], options: EncodeOptions = {}): Promise<Uint16Array[]> {
    return this.run('image_preparer', pictures, options);
  }

  /** Bytes of one prepared picture. */
  get preparedBytes(): number {
    return 2 * preparedSize(this.config);
  }

  /** Has one kind of work done with the model's graphs, in batches that other requests may share. */
  run<W extends Work>(work: W, inputs: readonly WorkInput<W>[], options: EncodeOptions = {}): Promise<WorkOutput<W>[]> {
    const queue = queueName(this.manifest.name, work);
    const limit = (): number => this.scheduler.batchLimit(queue);
    return inLanes(inputs, limit, async (chunk) => {
      const { outputs, prepareMs, runMs } = await this.scheduler.submit(queue, chunk, options);
      if (options.times) addRun(options.times, prepareMs, runMs);
      return outputs as WorkOutput<W>[];
    });
  }

  /**
   * Runs everything on the runners of a scheduler: later runs are faster there, and it is known how long they take. Throws if a graph does
   * not run.
   */
  async warmUp(scheduler: Scheduler): Promise<void> {
    this.#embeddingSize = await warmUp(new LoadedModel(this.manifest, this.preparer, scheduler));
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
}
