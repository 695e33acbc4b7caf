import type { RecordKind } from './records.js';

/** The keys of a data entry, and flags of the command line, that name files. */
export type DataKey = 'annotations' | 'questions' | 'images';
const DATA_KEYS: readonly DataKey[] = ['annotations', 'questions', 'images'];

/** What a format has for one kind of records. */
interface Format {
  /** What it cannot do without. */
  needs: readonly DataKey[];
  /** At least one of these. */
  needsOneOf?: readonly DataKey[];
  /** What else it takes. */
  takes?: readonly DataKey[];
  /** What its files are, in a few words. */
  holds: string;
}

const PAIR: readonly DataKey[] = ['annotations', 'images'];

/** Every format that a recipe or the command line may name, by the kinds of records that it gives; their readers are in readers.ts. */
export const FORMATS = {
  karpathy: { pairs: { needs: PAIR, holds: 'Karpathy JSON: {images: [{filename, split, sentences: [{raw}]}]}' } },
  coco: {
    pairs: {
      needs: PAIR,
      holds: 'COCO captions_*.json: {images: [{id, file_name}], annotations: [{image_id, caption}]}',
    },
  },
  flickr30k: { pairs: { needs: PAIR, holds: 'Flickr30k Entities: a folder of SPLIT.txt and Sentences/ID.txt' } },
  vqa2: {
    pairs: {
      needs: ['annotations', 'questions', 'images'],
      holds: 'VQA v2, as under questions; each question with its answer is a caption',
    },
    questions: {
      needs: ['images'],
      needsOneOf: ['questions', 'annotations'],
      holds:
        'VQA v2: {questions: [{question_id, image_id, question}]} and {annotations: [{question_id, answers: [{answer}]}]}',
    },
  },
  'visual-genome': {
    pairs: { needs: PAIR, holds: 'region_descriptions.json: [{id, regions: [{phrase}]}]' },
    questions: { needs: PAIR, holds: 'question_answers.json: [{id, qas: [{qa_id, question, answer}]}]' },
  },
  nlvr2: { statements: { needs: PAIR, holds: 'NLVR2 JSON lines: {identifier, sentence, label, left?, right?}' } },
  nlvr1: {
    pairs: { needs: PAIR, holds: 'NLVR, as under statements; each statement with its label is a caption' },
    statements: {
      needs: PAIR,
      holds: 'NLVR JSON lines: {identifier, sentence, label, image}; left and right are the picture',
    },
    hypotheses: { needs: PAIR, holds: 'NLVR, as under statements; true is entailment, false contradiction' },
  },
  'snli-ve': {
    pairs: { needs: PAIR, holds: 'SNLI-VE, as under hypotheses; each hypothesis with its label is a caption' },
    hypotheses: { needs: PAIR, holds: 'SNLI-VE JSON lines: {Flickr30K_ID, pairID, sentence2, gold_label}' },
  },
  albef: {
    pairs: { needs: PAIR, holds: 'ALBEF JSON lists: [{image, caption}], the caption a text or a list' },
    questions: { needs: PAIR, holds: "ALBEF's VQA and Visual Genome lists: [{image, question, answer, question_id?}]" },
    statements: { needs: PAIR, holds: "ALBEF's NLVR2 lists: [{images: [left, right], sentence, label}]" },
    hypotheses: { needs: PAIR, holds: "ALBEF's SNLI-VE lists: [{image, sentence, label}]" },
  },
  tsv: {
    pairs: {
      needs: PAIR,
      holds: 'a table of captions and files or URLs: Conceptual Captions, SBU, results_20130124.token',
    },
  },
  webdataset: {
    pairs: {
      needs: [],
      needsOneOf: PAIR,
      holds: 'tar shards such as train-{000..331}.tar with KEY.jpg and KEY.txt or KEY.json',
    },
  },
  imagefolder: {
    pairs: { needs: ['images'], holds: 'a folder of pictures, each with its text in a .txt or .json beside it' },
    classes: { needs: ['images'], takes: ['annotations'], holds: 'a folder for each class, named like it' },
  },
} as const satisfies Record<string, { [kind in RecordKind]?: Format }>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** The formats that give a kind of records. */
export type FormatOf<K extends RecordKind> = {
  [name in FormatName]: K extends keyof (typeof FORMATS)[name] ? name : never;
}[FormatName];

/** The kind of records that each task reads. */
export const RECORDS_OF_TASK = {
  pretrain: 'pairs',
  retrieval: 'pairs',
  vqa: 'questions',
  nlvr2: 'statements',
  ve: 'hypotheses',
  classify: 'classes',
} as const satisfies Record<string, RecordKind>;
export type DataTask = keyof typeof RECORDS_OF_TASK;

/** The formats that give a kind of records, each with what its files are. */
export const formatsOf = (kind: RecordKind): { name: FormatName; holds: string }[] =>
  FORMAT_NAMES.flatMap((name) => {
    const format = formatFor(kind, name);
    return format ? [{ name, holds: format.holds }] : [];
  });

function formatFor(kind: RecordKind, name: FormatName): Format | undefined {
  const kinds: { [kind in RecordKind]?: Format } = FORMATS[name];
  return kinds[kind];
}

/** The files that a data entry or the command line names. */
export type GivenFiles = { [key in DataKey]?: string | undefined };

/** What is wrong with a data entry. */
export interface WrongKey {
  key: DataKey | 'format';
  expected: string;
}

/**
 * The first key that is wrong where a kind of records is wanted from a format, and what was expected there: the format gives others, a file
 * that it needs is missing, or one is given that it would ignore. Undefined where all is well.
 */
export function wrongKey(kind: RecordKind, name: FormatName, given: GivenFiles): WrongKey | undefined {
  const format = formatFor(kind, name);
  if (!format) {
    const others = formatsOf(kind).map((other) => other.name);
    return { key: 'format', expected: `one of ${others.join(', ')} (which give ${kind})` };
  }
  const { needs, needsOneOf = [], takes = [] } = format;
  const missing = needs.find((key) => given[key] === undefined);
  if (missing) return { key: missing, expected: `a path (the format ${name} needs it)` };
  const idle = DATA_KEYS.find((key) => given[key] !== undefined && ![needs, needsOneOf, takes].flat().includes(key));
  if (idle) return { key: idle, expected: `nothing (the format ${name} has no use for it)` };
  if (needsOneOf.length === 0 || needsOneOf.some((key) => given[key] !== undefined)) return undefined;
  return { key: needsOneOf[0]!, expected: `a path (the format ${name} needs one of ${needsOneOf.join(', ')})` };
}
