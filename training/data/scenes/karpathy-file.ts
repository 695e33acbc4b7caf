import type { Split } from './scene.js';
import { WholeFile } from './whole-file.js';

/** A picture and what is said of it. */
export interface DescribedPicture {
  filename: string;
  imgid: number;
  split: Split;
  texts: readonly string[];
}

/** Writes a file of Karpathy's form, whole or not at all, without the pictures that have no text. */
export async function writeKarpathyFile(file: string, pictures: readonly DescribedPicture[]): Promise<void> {
  let sentid = 0;
  const images = pictures
    .filter(({ texts }) => texts.length > 0)
    .map(({ filename, imgid, split, texts }) => {
      const sentences = texts.map((text) => {
        return { tokens: text.replace(/[,:]/g, '').split(' '), raw: text, imgid, sentid: sentid++ };
      });
      return { filename, imgid, split, sentids: sentences.map((sentence) => sentence.sentid), sentences };
    });
  const whole = await WholeFile.begin(file);
  await whole.add(`${JSON.stringify({ images, dataset: 'scenes' })}\n`);
  await whole.finish();
}
