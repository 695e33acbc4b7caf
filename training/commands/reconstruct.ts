// maskvlm reconstruct --bundle model/bundles/scenes --image scene.jpg --text "a small red sphere behind a blue cube" --out restored
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { readBundle } from '../../model/bundle/read-bundle.js';
import { type Masking, trainedMasking } from '../../model/bundle/trained-masking.js';
import { ExpectationError, expect } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { preparePixels, type Raster } from '../../model/image/picture.js';
import { patchGrid } from '../../model/masking/masking.js';
import { bundleModel } from '../evaluation/bundle-model.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import { openRetrievalModel } from '../evaluation/retrieval-model.js';
import { type Reconstruction, reconstructPairs } from '../reconstruction/reconstruct.js';
import { besideEachOther, reconstructionRasters } from '../reconstruction/reconstruction-rasters.js';
import { openRestorer } from '../reconstruction/restorer.js';
import { reconstructionPage } from '../report/reconstruction-page.js';

export interface ReconstructCommandOptions {
  bundle: string;
  image: string;
  text: string;
  /** Shares in [0, 1]; where one is left out, that of the training. */
  imageMaskRatio?: number;
  textMaskRatio?: number;
  seed: number;
  threads?: number;
  out: string;
}

/**
 * Masks a picture and its text, restores both and writes original.png, masked.png, restored.png, pictures.png (the three side by side),
 * reconstruction.json and reconstruction.html to a folder; prints the page's path. Throws when the bundle cannot restore, the picture
 * does not decode, or the text has no word.
 */
export async function reconstruct(options: ReconstructCommandOptions): Promise<void> {
  const bundle = await readBundle(options.bundle);
  const { tasks, name, image } = bundle.manifest;
  expect(tasks.includes('reconstruct'), `bundle ${name}`, 'the task reconstruct', `only ${tasks.join(', ')}`);
  const pixels = await preparePixels(await readPicture(options.image), image);
  const model = bundleModel(bundle);
  const reconstruction = await restore(model, trainedMasking(bundle.manifest), pixels, options);
  const { original, masked, restored } = reconstructionRasters(reconstruction, model.config, image);
  await mkdir(options.out, { recursive: true });
  await writePng(join(options.out, 'original.png'), original);
  await writePng(join(options.out, 'masked.png'), masked);
  await writePng(join(options.out, 'restored.png'), restored);
  const gap = Math.ceil(original.width / 16);
  await writePng(join(options.out, 'pictures.png'), besideEachOther([original, masked, restored], gap));
  const json = `${JSON.stringify(summaryOf(reconstruction), null, 2)}\n`;
  await writeAtomically(join(options.out, 'reconstruction.json'), json);
  const page = join(options.out, 'reconstruction.html');
  await writeAtomically(page, (await reconstructionPage(name, reconstruction, { original, masked, restored })).text);
  process.stdout.write(`${page}\n`);
}

async function restore(
  measured: MeasuredModel,
  trained: Masking,
  pixels: Float32Array,
  { text, imageMaskRatio, textMaskRatio, seed, threads }: ReconstructCommandOptions,
): Promise<Reconstruction> {
  const { config, tokenizer, maxLength } = measured;
  const masking = {
    image: { ratio: imageMaskRatio ?? trained.image.ratio, unit: trained.image.unit },
    text: { ratio: textMaskRatio ?? trained.text.ratio },
  };
  patchGrid(config.image.size, config.image.patch, masking.image.unit);
  expect(tokenizer.encode(text, maxLength).inputIds.length > 2, '--text', 'at least one word', `"${text}"`);
  const model = await openRetrievalModel(measured, { threads });
  const restorer = await openRestorer(measured, { threads });
  try {
    const settings = { config, tokenizer, maxLength, masking, seed };
    const [reconstruction] = await reconstructPairs(model, restorer, [{ pixels, text }], settings);
    return reconstruction!;
  } finally {
    await Promise.all([model.release(), restorer.release()]);
  }
}

async function readPicture(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('--image', 'a readable file', `${file} (${error.code})`);
  });
}

async function writePng(file: string, { width, height, data }: Raster): Promise<void> {
  await writeAtomically(
    file,
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** The reconstruction as JSON: what is masked, by index (tokens without special ones), and what was guessed. */
function summaryOf({ text, truncated, tokens, imageMask }: Reconstruction): object {
  const masked = (flags: Iterable<boolean>) => [...flags].flatMap((flag, index) => (flag ? [index] : []));
  const guessed = (guesses: 'withPicture' | 'withMaskedPicture') =>
    tokens
      .map((token) => token[guesses][0]?.token ?? token.text)
      .join('')
      .trim();
  return {
    text,
    truncated,
    textMask: masked(tokens.map((token) => token.masked)),
    imageMask: masked(Array.from(imageMask, Boolean)),
    restored: { withPicture: guessed('withPicture'), withMaskedPicture: guessed('withMaskedPicture') },
    tokens,
    pictures: { original: 'original.png', masked: 'masked.png', restored: 'restored.png' },
  };
}
