import type { EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import { type ImageSource, imageName } from './image-source.js';

/** One picture with the texts that are true of it: what pre-training and retrieval learn from. */
export interface PairRecord {
  image: ImageSource;
  /** Equal for two records exactly when they show the same picture. */
  imageKey: string;
  /** At least one once they are read by readData. */
  texts: string[];
}

/** A question about a picture, with what people answered: VQA. */
export interface QuestionRecord {
  image: ImageSource;
  questionId: number | string;
  question: string;
  questionType?: string | undefined;
  answerType?: string | undefined;
  /** As they were given, ten in VQA v2 and one in Visual Genome; none where the answers are held back. */
  answers: string[];
}

/** A statement about two pictures: NLVR2. */
export interface StatementRecord {
  left: ImageSource;
  right: ImageSource;
  sentence: string;
  /** Whether it is true; undefined where that is held back. */
  label?: boolean | undefined;
  identifier: string;
  /** Equal for the examples that consistency counts together: those of one sentence. */
  set: string;
}

/** A hypothesis about a picture, which is its premise: visual entailment. */
export interface HypothesisRecord {
  image: ImageSource;
  hypothesis: string;
  /** Undefined where it is held back. */
  label?: EntailmentLabel | undefined;
  id: string;
}

/** A picture of a class: zero-shot classification. */
export interface ClassRecord {
  image: ImageSource;
  /** The name of the class. */
  label: string;
}

/** The kinds of records that data sets give; which one a task needs is in formats.ts. */
export interface Records {
  pairs: PairRecord;
  questions: QuestionRecord;
  statements: StatementRecord;
  hypotheses: HypothesisRecord;
  classes: ClassRecord;
}
export type RecordKind = keyof Records;

export const pairRecord = (image: ImageSource, texts: string[]): PairRecord => ({
  image,
  imageKey: imageName(image),
  texts,
});

/** Gathers pictures and texts that come row by row: a picture that comes again gives its texts to its first record. */
export function createPairList() {
  const records = new Map<string, PairRecord>();
  return {
    add(file: string, texts: readonly string[]): void {
      const known = records.get(file);
      if (known) known.texts.push(...texts);
      else records.set(file, pairRecord({ file }, [...texts]));
    },
    /** In the order in which the pictures came first. */
    records: (): PairRecord[] => [...records.values()],
  };
}
