import { type ImageSource, imageName } from './image-source.js';

/** One picture with the texts that are true of it: what pre-training and retrieval learn from. */
export interface PairRecord {
  image: ImageSource;
  /** Equal for two records exactly when they show the same picture. */
  imageKey: string;
  /** At least one once they are read by readData. */
  texts: string[];
}

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
