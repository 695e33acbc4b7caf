import type { Scene } from '../scene.js';

/** A picture as the files of questions, statements and hypotheses need it. */
export interface TaskPicture {
  /** Its id in all files. */
  id: number;
  filename: string;
  scene: Scene;
  caption: string;
}

/** What the pictures show, in their order. */
export function scenesOf(pictures: readonly TaskPicture[]): Scene[] {
  return pictures.map(({ scene }) => scene);
}
