import type { Scene } from '../scene.js';
import type { Prompt } from './balance.js';
import type { Truth } from './truth.js';

/** The answers of a question that is true or false of a scene. */
export function yesOrNo(truth: (scene: Scene) => Truth): Pick<Prompt, 'answers' | 'answerFor'> {
  return {
    answers: ['yes', 'no'],
    answerFor(scene) {
      const isSo = truth(scene);
      return isSo === undefined ? undefined : isSo ? 'yes' : 'no';
    },
  };
}
