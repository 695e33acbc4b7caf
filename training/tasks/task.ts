import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { SpecialIds } from '../../model/tokenizer/tokenizer.js';
import type { BatchKind } from '../data/batches/batch-makers.js';
import type { DataSource } from '../data/read-data.js';
import type { RecordKind, Records } from '../data/records.js';
import type { ItemSource } from '../data/training-item.js';
import type { MeasuredModel, MeasureOptions } from '../evaluation/measured-model.js';
import type { BaselineExample } from '../evaluation/text-only-baseline.js';
import type { BuildForward } from '../objectives/forward.js';
import type { PretrainingSettings } from '../objectives/pretraining.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Section } from '../report/page.js';

/** What a model reaches on validation data. */
export interface Validation {
  /** Higher is better: the best checkpoint is chosen by it. */
  metric: number;
  values: Record<string, number>;
}

/** The data of one entry as a run uses it. */
export interface RunSource extends ItemSource, Pick<DataSource<unknown>, 'skipped' | 'leftOut'> {
  /** Everything that is said in it, for a tokenizer to be trained on. */
  corpus(): string[];
  /** Tells whether the data is the same another time: SHA-256 in hex. */
  hash(): Promise<string>;
}

/** The data of a run, an entry of the recipe each. */
export interface RunData {
  train: RunSource[];
  val: RunSource[];
  /** The validation data as models are measured on it; absent where there is none. */
  held?: HeldOut;
}

/** Validation data. */
export interface HeldOut {
  /** How many there are. */
  examples: number;
  /** Measures a model on it. */
  validate(model: MeasuredModel, options: MeasureOptions): Promise<Validation>;
  /** What a model says of some of it, for people to look at. */
  samples(model: MeasuredModel, options: MeasureOptions): Promise<Section[]>;
  /** What a guesser reaches that never sees a picture; absent where pictures are all there is to guess by. */
  textOnly?: () => TextOnly;
}

/** The accuracy, in the measure of the task, of the best guesser from text that the training data gives. */
export interface TextOnly {
  guesser: string;
  accuracy: number;
}

/** What a run needs to know of its task: the loop, the checkpoints and the reports are the same for all. */
export interface Task {
  /** What the loader makes of the data. */
  batches: BatchKind;
  /** Reads the data that a recipe names. Throws what readData throws. */
  read(recipe: Recipe): Promise<RunData>;
  /** The forward pass of a training step. */
  forward(recipe: Recipe, config: ModelConfig, special: SpecialIds): BuildForward;
  /** Where samples of a batch meet, as pairs do: what a step that accumulates cuts apart. Elsewhere losses are means over samples. */
  pairs?: (recipe: Recipe, special: SpecialIds) => PretrainingSettings;
}

/** What of a task's data is particular to its records. */
export interface RecordRules<K extends RecordKind> {
  records: K;
  /** Makes what turns the records of one entry into items; what it remembers is common to all entries. */
  items(recipe: Recipe): (records: readonly Records[K][]) => ItemSource['items'];
  /** Which records are learned from, and how often each, where that is not each once. */
  learned?(recipe: Recipe): (records: readonly Records[K][]) => readonly Records[K][];
  corpus(record: Records[K]): readonly string[];
  validate(
    model: MeasuredModel,
    records: readonly Records[K][],
    recipe: Recipe,
    options: MeasureOptions,
  ): Promise<Validation>;
  samples(
    model: MeasuredModel,
    records: readonly Records[K][],
    recipe: Recipe,
    options: MeasureOptions,
  ): Promise<Section[]>;
  /** How to guess without pictures, where there is something to guess. */
  textOnly?: TextOnlyRules<Records[K]>;
}

/** How records are guessed from their text alone. */
export interface TextOnlyRules<R> {
  /** What training records teach: text, label, and what must not be split between fitting and choosing. */
  examples(records: readonly R[]): BaselineExample[];
  /** The accuracy of guesses, given as a function of the text. */
  accuracy(records: readonly R[], guess: (text: string) => string): number;
}
