import type { BundleRole } from '../../model/bundle/bundle-role.js';
import type { Graph } from '../../model/graph/graph.js';
import type { ImageSettings } from '../../model/image/picture.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { SessionOptions } from '../../model/onnx/session.js';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';

/** A trained model that is to be measured, out of a run or a bundle: its graphs, and how pictures and texts are prepared for it. */
export interface MeasuredModel {
  config: ModelConfig;
  tokenizer: Tokenizer;
  image: ImageSettings;
  /** Tokens that a text is cut to. */
  maxLength: number;
  /** A graph, or the path of its ONNX file. Throws where the model was not trained for it. */
  graph(role: BundleRole): Graph | string;
}

/** What a measurement works through, one after the other. */
export type MeasureStage = 'pictures' | 'texts' | 'pairs' | 'questions' | 'examples';

export interface MeasureOptions extends SessionOptions {
  /** Stops the work in hand before its next batch, with the signal's reason as error. */
  signal?: AbortSignal | undefined;
  /** Is told after each batch how far a stage has come. */
  onProgress?: ((stage: MeasureStage, done: number, total: number) => void) | undefined;
}
