import { ExpectationError, expect } from '../../model/errors.js';
import { decodePicture } from '../../model/image/picture.js';
import type { TextCleaning } from '../../model/tokenizer/text-cleaning.js';
import type { DataEntry } from '../recipe/recipe.js';
import { captionText } from './caption-text.js';
import { describeAbsence, imageName, readImage, whyAbsent } from './image-source.js';
import { dataFiles, READERS } from './readers.js';
import type { PairRecord } from './records.js';

/** A picture that cannot be used, and why. */
export interface SkippedPicture {
  name: string;
  reason: string;
}

/** What one data entry gave. */
export interface DataSource {
  records: PairRecord[];
  skipped: SkippedPicture[];
  /** Relative share of the samples; undefined where no entry has one, which means by size. */
  weight: number | undefined;
}

export interface ReadDataSettings {
  cleaning: TextCleaning;
  /** `decode` tries every picture (about 1 ms each at 96 px); `exists` only looks for the file. */
  check: 'decode' | 'exists';
  /** Largest share of an entry's pictures that may be unusable, in [0, 1]. */
  maxSkippedShare: number;
}

const CHECKS_AT_ONCE = 8;
const NAMED_PICTURES = 5;

/**
 * Reads the data entries of a recipe in order. Pictures that are missing, do not decode or have no text are left out and listed
 * in `skipped`; throws when their share of an entry is above `maxSkippedShare`, naming the first of them.
 */
export async function readData(entries: readonly DataEntry[], settings: ReadDataSettings): Promise<DataSource[]> {
  const sources: DataSource[] = [];
  for (const entry of entries) sources.push(await readEntry(entry, settings));
  return sources;
}

async function readEntry(entry: DataEntry, settings: ReadDataSettings): Promise<DataSource> {
  const all = await READERS[entry.format].read(dataFiles(entry));
  const place = `pictures of ${entry.annotations ?? entry.images}`;
  expect(all.length > 0, place, 'at least one', 'none');
  const annotated = all.slice(0, entry.limit).map((record) => ({
    ...record,
    texts: record.texts.map((text) => captionText(text, settings.cleaning)).filter(Boolean),
  }));
  const reasons = await findUnusable(annotated, settings.check);
  const skipped = annotated.flatMap(({ image }, index) => {
    const reason = reasons[index];
    return reason === undefined ? [] : [{ name: imageName(image), reason }];
  });
  const share = skipped.length / annotated.length;
  const named = skipped.slice(0, NAMED_PICTURES).map(({ name, reason }) => `${name} (${reason})`);
  expect(
    share <= settings.maxSkippedShare && skipped.length < annotated.length,
    place,
    `at most ${settings.maxSkippedShare * 100} % unusable (data.maxSkippedShare)`,
    `${skipped.length} of ${annotated.length}: ${named.join(', ')}${skipped.length > NAMED_PICTURES ? ', ...' : ''}`,
  );
  const records = annotated.filter((_, index) => reasons[index] === undefined);
  return { records, skipped, weight: entry.weight };
}

/** Per record why it cannot be used, or undefined. A few pictures are looked at side by side. */
async function findUnusable(records: PairRecord[], check: 'decode' | 'exists'): Promise<(string | undefined)[]> {
  const reasons = new Array<string | undefined>(records.length);
  let next = 0;
  const walk = async () => {
    for (let index = next++; index < records.length; index = next++) {
      reasons[index] = await whyUnusable(records[index]!, check);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, walk));
  return reasons;
}

async function whyUnusable({ image, texts }: PairRecord, check: 'decode' | 'exists'): Promise<string | undefined> {
  if (!texts.length) return 'no text';
  if (check === 'exists') return whyAbsent(image);
  try {
    await decodePicture(await readImage(image));
    return undefined;
  } catch (error) {
    return error instanceof ExpectationError ? `got ${error.got}` : describeAbsence(error as NodeJS.ErrnoException);
  }
}
