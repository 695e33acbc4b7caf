import { type ImageSource, imageName } from './image-source.js';
import type { RecordKind, Records } from './records.js';

/** What reading, checking and hashing need to know of a kind of records. */
interface RecordRules<R> {
  /** What errors call them. */
  plural: string;
  /** What errors call one of them. */
  nameOf(record: R): string;
  /** The pictures that it cannot do without. */
  images(record: R): ImageSource[];
  /** What is said about them; none where cleaning has left nothing. */
  texts(record: R): string[];
  /** The record with these texts changed. */
  withTexts(record: R, change: (text: string) => string): R;
  /** Where records are questions: the type of the answer, as far as the data says it. */
  answerType?(record: R): string | undefined;
  /** Words that ALBEF takes of a text, in training and afterwards (dataset/vqa_dataset.py, caption_dataset.py, nlvr_dataset.py). */
  maxWords: { training: number; heldOut: number };
}

const CAPTION = { training: 30, heldOut: 30 };
const said = (text: string): string[] => (text ? [text] : []);

/** The rules of every kind of records. */
export const RECORD_KINDS: { readonly [kind in RecordKind]: RecordRules<Records[kind]> } = {
  pairs: {
    plural: 'pictures',
    nameOf: ({ image }) => imageName(image),
    images: ({ image }) => [image],
    texts: ({ texts }) => texts,
    withTexts: (record, change) => ({ ...record, texts: record.texts.map(change).filter(Boolean) }),
    maxWords: CAPTION,
  },
  questions: {
    plural: 'questions',
    nameOf: ({ questionId }) => `question ${questionId}`,
    images: ({ image }) => [image],
    texts: ({ question }) => said(question),
    withTexts: (record, change) => ({ ...record, question: change(record.question) }),
    answerType: (record) => record.answerType,
    maxWords: { training: 30, heldOut: 50 },
  },
  statements: {
    plural: 'statements',
    nameOf: ({ identifier }) => `statement ${identifier}`,
    images: ({ left, right }) => [left, right],
    texts: ({ sentence }) => said(sentence),
    withTexts: (record, change) => ({ ...record, sentence: change(record.sentence) }),
    maxWords: CAPTION,
  },
  hypotheses: {
    plural: 'hypotheses',
    nameOf: ({ id }) => `hypothesis ${id}`,
    images: ({ image }) => [image],
    texts: ({ hypothesis }) => said(hypothesis),
    withTexts: (record, change) => ({ ...record, hypothesis: change(record.hypothesis) }),
    maxWords: CAPTION,
  },
  classes: {
    plural: 'pictures',
    nameOf: ({ image }) => imageName(image),
    images: ({ image }) => [image],
    texts: ({ label }) => [label],
    withTexts: (record) => record,
    maxWords: CAPTION,
  },
};
