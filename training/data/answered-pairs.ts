import { expect } from '../../model/errors.js';
import { createPairList, type PairRecord } from './records.js';

/** A text about a picture and what was said to it: a question with its answer, a hypothesis or statement with its label. */
export interface AnsweredText {
  file: string;
  text: string;
  answer: string | undefined;
  /** What errors call it. */
  what: string;
}

/**
 * Every text with its answer behind it as a caption, by picture, as LXMERT pre-trains on questions (Tan and Bansal 2019, section 3.2).
 * Throws, naming it, where a text has no answer.
 */
export function answeredPairs(texts: Iterable<AnsweredText>): PairRecord[] {
  const list = createPairList();
  for (const { file, text, answer, what } of texts) {
    expect(answer !== undefined, what, 'an answer', 'none');
    list.add(file, [`${text} ${answer}`]);
  }
  return list.records();
}
