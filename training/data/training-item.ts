import type { ImageSource } from './image-source.js';

/** A picture of a training item. */
export interface ItemPicture {
  image: ImageSource;
  /** Equal for two pictures exactly when they are the same. */
  key: string;
}

/** What a training run visits: a picture, or a left and a right one, with texts of which each visit takes one. */
export interface TrainingItem<Target = unknown> {
  pictures: readonly ItemPicture[];
  texts: readonly string[];
  /** What the task teaches about it: plain data, which is sent to loader workers. */
  target: Target;
}

/** The items of one data entry. */
export interface ItemSource<Target = unknown> {
  items: readonly TrainingItem<Target>[];
  /** Relative share of the samples; undefined where no entry has one, which means by size. */
  weight: number | undefined;
}
