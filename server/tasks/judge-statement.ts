import type { Decide } from './run-task.js';

export interface Judgement {
  label: boolean;
  /** Probability, 0 to 1, that the statement is true. */
  score: number;
}

/** Whether a statement is true of a left and a right picture (section 4.1 of the paper: NLVR2). */
export const judgeStatement: Decide<Judgement> = async (model, input, options) => {
  const [probabilities] = await model.run('nlvr2_classifier', [input], options);
  const [no, yes] = probabilities as Float32Array & [number, number];
  return { label: yes > no, score: yes };
};
