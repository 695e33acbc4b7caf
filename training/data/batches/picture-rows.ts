import type { HostTensor } from '../../../model/onnx/session.js';
import { createRng, type Rng } from '../../../model/random.js';
import { drawView } from '../view.js';
import { createViewWriter } from '../view-writer.js';
import { type BatchSettings, floats, type LoadedSample } from './batch.js';

/** Row `row` of `rows` equal rows, as a view. */
export function rowOf<A extends Float32Array>(array: A, row: number, rows: number): A {
  const length = array.length / rows;
  return array.subarray(row * length, (row + 1) * length) as A;
}

/**
 * Makes a writer of augmented views: the pictures of every k samples that share them, [B/k*sides,3,S,S], a second picture behind its first.
 * `words` is what is said about a sample, by which a flip is left out; `after` may draw more from the stream of random numbers of the
 * samples that share a picture, one after the other.
 */
export function createPictureRows({ seed, imageSize, mean, std, augment, textsPerPicture }: BatchSettings) {
  const writeView = createViewWriter(imageSize, mean, std);
  return <Target>(
    step: number,
    samples: readonly LoadedSample<Target>[],
    spare: Float32Array | undefined,
    words: (sample: LoadedSample<Target>) => string,
    after: (row: number, rng: Rng) => void = () => undefined,
  ): HostTensor => {
    const sides = samples[0]!.rasters.length;
    const rows = (sides * samples.length) / textsPerPicture;
    const pixels = spare ?? new Float32Array(rows * 3 * imageSize * imageSize);
    for (let row = 0; row < samples.length; row += textsPerPicture) {
      const rng = createRng(seed, 'sample', step, row);
      const sharing = samples.slice(row, row + textsPerPicture);
      const said = sharing.map(words).join(' ');
      for (const [side, raster] of sharing[0]!.rasters.entries()) {
        const view = drawView(raster, said, augment, rng);
        writeView(raster, view, rowOf(pixels, (row / textsPerPicture) * sides + side, rows));
      }
      for (const i of sharing.keys()) after(row + i, rng);
    }
    return floats([rows, 3, imageSize, imageSize], pixels);
  };
}
