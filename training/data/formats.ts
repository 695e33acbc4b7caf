/** The keys of a data entry, and flags of the command line, that name files. */
export type DataKey = 'annotations' | 'questions' | 'images';

interface Format {
  /** What it cannot do without. */
  needs: readonly DataKey[];
  /** What else it takes; at least one of them where it needs nothing. */
  takes?: readonly DataKey[];
  /** What its annotations are, in a few words. */
  holds: string;
}

const PAIR: readonly DataKey[] = ['annotations', 'images'];

/** Every annotation format that a recipe or the command line may name; their readers are in readers.ts. */
export const FORMATS = {
  karpathy: { needs: PAIR, holds: 'Karpathy JSON: {images: [{filename, split, sentences: [{raw}]}]}' },
  coco: { needs: PAIR, holds: 'COCO captions_*.json: {images: [{id, file_name}], annotations: [{image_id, caption}]}' },
  flickr30k: { needs: PAIR, holds: 'Flickr30k Entities: a folder of SPLIT.txt and Sentences/ID.txt' },
  'visual-genome': { needs: PAIR, holds: 'region_descriptions.json: [{id, regions: [{phrase}]}]' },
  albef: { needs: PAIR, holds: 'ALBEF JSON lists: [{image, caption}], the caption a text or a list' },
  tsv: {
    needs: PAIR,
    holds: 'a table of captions and files or URLs: Conceptual Captions, SBU, results_20130124.token',
  },
  webdataset: {
    needs: [],
    takes: PAIR,
    holds: 'tar shards such as train-{000..331}.tar with KEY.jpg and KEY.txt or KEY.json',
  },
  imagefolder: { needs: ['images'], holds: 'a folder of pictures, each with its text in a .txt or .json beside it' },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** The files that a data entry or the command line names. */
export type GivenFiles = { [key in DataKey]?: string | undefined };

/**
 * The first key that is wrong for a format, and what was expected there: one that it needs is missing, or one is given that it
 * would ignore. Undefined where all is well.
 */
export function wrongKey(name: FormatName, given: GivenFiles): { key: DataKey; expected: string } | undefined {
  const { needs, takes = [] }: Format = FORMATS[name];
  const missing = needs.find((key) => given[key] === undefined);
  if (missing) return { key: missing, expected: `a path (the format ${name} needs it)` };
  const keys: DataKey[] = ['annotations', 'questions', 'images'];
  const idle = keys.find((key) => given[key] !== undefined && !needs.includes(key) && !takes.includes(key));
  if (idle) return { key: idle, expected: `nothing (the format ${name} has no use for it)` };
  if (needs.length > 0 || takes.some((key) => given[key] !== undefined)) return undefined;
  return { key: takes[0]!, expected: `a path (the format ${name} needs one of ${takes.join(', ')})` };
}
