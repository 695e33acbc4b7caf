import { ExpectationError, expect } from '../../model/errors.js';
import { decodePicture } from '../../model/image/picture.js';
import type { TextCleaning } from '../../model/tokenizer/text-cleaning.js';
import type { DataEntry } from '../recipe/recipe.js';
import { describeAbsence, type ImageSource, imageName, readImage, whyAbsent } from './image-source.js';
import { dataFiles, readerOf } from './readers.js';
import { RECORD_KINDS } from './record-kinds.js';
import { recordText } from './record-text.js';
import type { PairRecord, RecordKind, Records } from './records.js';

/** A picture that cannot be used, or a record without a text, and why. */
export interface SkippedPicture {
  name: string;
  reason: string;
}

/** What one data entry gave. */
export interface DataSource<R = PairRecord> {
  records: R[];
  skipped: SkippedPicture[];
  /** Examples that nobody uses (SNLI-VE's without a gold label), by the reason. */
  leftOut?: { reason: string; count: number }[];
  /** Relative share of the samples; undefined where no entry has one, which means by size. */
  weight: number | undefined;
}

export interface ReadDataSettings {
  cleaning: TextCleaning;
  /** `decode` tries every picture (about 1 ms each at 96 px); `exists` only looks for the file. */
  check: 'decode' | 'exists';
  /** Largest share of an entry's records that may be unusable, in [0, 1]. */
  maxSkippedShare: number;
  /** Whether the data is held out: ALBEF then takes longer questions. Default false. */
  heldOut?: boolean;
}

/** As lines to say name it. */
export const describeSkipped = ({ name, reason }: SkippedPicture): string => `${name} (${reason})`;

const CHECKS_AT_ONCE = 8;
const NAMED_PICTURES = 5;

/**
 * Reads the data entries of a recipe, in order, as one kind of records. Those whose pictures are missing or do not decode, or that have no
 * text, are left out, and what was wrong is listed in `skipped`; throws when their share of an entry is above `maxSkippedShare`, naming the
 * first of them. Throws too what the format's reader throws, and where a format gives no such records.
 */
export async function readData<K extends RecordKind>(
  kind: K,
  entries: readonly DataEntry[],
  settings: ReadDataSettings,
): Promise<DataSource<Records[K]>[]> {
  const sources: DataSource<Records[K]>[] = [];
  for (const entry of entries) sources.push(await readEntry(kind, entry, settings));
  return sources;
}

async function readEntry<K extends RecordKind>(
  kind: K,
  entry: DataEntry,
  settings: ReadDataSettings,
): Promise<DataSource<Records[K]>> {
  const { plural, maxWords, withTexts, answerType } = RECORD_KINDS[kind];
  const left = new Map<string, number>();
  const files = dataFiles(kind, entry);
  const leaveOut = (reason: string) => void left.set(reason, (left.get(reason) ?? 0) + 1);
  const place = `${plural} of ${files.annotations}`;
  const { answerTypes } = entry;
  expect(
    !answerTypes || answerType,
    `data answerTypes of ${plural}`,
    'nothing (only questions have answers)',
    answerTypes,
  );
  const read = await readerOf(kind, entry.format).read(files, leaveOut);
  expect(read.length > 0, place, 'at least one', 'none');
  const all = answerTypes ? read.filter((record) => answerTypes.includes(answerType!(record) ?? '')) : read;
  expect(all.length > 0, place, `at least one with an answer of type ${answerTypes?.join(' or ')}`, 'none');
  const words = settings.heldOut ? maxWords.heldOut : maxWords.training;
  const clean = (text: string) => recordText(text, settings.cleaning, words);
  const taken = spread(all, entry.fraction ?? 1).slice(0, entry.limit);
  const annotated = taken.map((record) => withTexts(record, clean));
  const reasons = await findUnusable(kind, annotated, settings.check);
  const records = annotated.filter((_, index) => reasons[index] === undefined);
  const skipped = distinct(reasons.filter((reason) => reason !== undefined));
  const named = skipped.slice(0, NAMED_PICTURES).map(describeSkipped);
  const lost = annotated.length - records.length;
  expect(
    lost / annotated.length <= settings.maxSkippedShare && records.length > 0,
    place,
    `at most ${settings.maxSkippedShare * 100} % unusable (data.maxSkippedShare)`,
    `${lost} of ${annotated.length}: ${named.join(', ')}${skipped.length > NAMED_PICTURES ? ', ...' : ''}`,
  );
  const leftOut = Array.from(left, ([reason, count]) => ({ reason, count }));
  return { records, skipped, leftOut, weight: entry.weight };
}

/** That share of a list, at least one, in equal distances: a file that is sorted by class gives as much of every class. */
function spread<R>(list: readonly R[], fraction: number): R[] {
  const count = Math.max(1, Math.round(list.length * fraction));
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]!);
}

/** Several records may be about one picture. */
const distinct = (list: readonly SkippedPicture[]): SkippedPicture[] => [
  ...new Map(list.map((one) => [`${one.name}\n${one.reason}`, one])).values(),
];

/** Per record why it cannot be used, or undefined. */
async function findUnusable<K extends RecordKind>(
  kind: K,
  records: readonly Records[K][],
  check: 'decode' | 'exists',
): Promise<(SkippedPicture | undefined)[]> {
  const { images, texts, nameOf } = RECORD_KINDS[kind];
  const said = records.filter((record) => texts(record).length > 0);
  const broken = await findBroken(said.flatMap(images), check);
  return records.map((record) => {
    if (texts(record).length === 0) return { name: nameOf(record), reason: 'no text' };
    const name = images(record)
      .map(imageName)
      .find((one) => broken.has(one));
    return name === undefined ? undefined : { name, reason: broken.get(name)! };
  });
}

/** The pictures that cannot be used, by name, and why. Each is looked at once, a few side by side. */
async function findBroken(images: readonly ImageSource[], check: 'decode' | 'exists'): Promise<Map<string, string>> {
  const broken = new Map<string, string>();
  const left = new Map(images.map((image) => [imageName(image), image])).entries();
  const walk = async () => {
    for (const [name, image] of left) {
      const reason = await (check === 'exists' ? whyAbsent(image) : whyUndecodable(image));
      if (reason !== undefined) broken.set(name, reason);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, walk));
  return broken;
}

async function whyUndecodable(image: ImageSource): Promise<string | undefined> {
  try {
    await decodePicture(await readImage(image));
    return undefined;
  } catch (error) {
    return error instanceof ExpectationError ? `got ${error.got}` : describeAbsence(error as NodeJS.ErrnoException);
  }
}
