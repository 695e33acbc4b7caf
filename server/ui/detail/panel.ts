import type { Image, Model } from '../api.js';
import type { Picture, StoredPicture } from '../picture.js';
import type { Stage } from './stage.js';

/** What the panel of a task has to work with. */
export interface PanelContext {
  picture: Picture;
  /** The picture as requests take it. */
  image(): Promise<Image>;
  /** Words to begin with: those that were searched for, or the caption. */
  words: string;
  stage: Stage;
  models: readonly Model[];
  /** The other pictures that the page shows. */
  others: readonly StoredPicture[];
}

/** The form of a task and its answer. */
export interface Panel {
  element: HTMLElement;
  /** Called whenever the panel comes to the front: it alone may lay something over the picture. */
  front?(): void;
  /** Called when another panel comes to the front. */
  back?(): void;
}
