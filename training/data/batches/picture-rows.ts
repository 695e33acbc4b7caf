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
 * Makes a writer of the samples' augmented views: [sides*B,3,S,S], the first pictures of all samples before the second ones. `words` is what
 * is said about a sample, by which a flip is left out; `after` may draw more from the stream of a sample's random numbers.
 */
export function createPictureRows({ seed, imageSize, mean, std, augment }: BatchSettings) {
  const writeView = createViewWriter(imageSize, mean, std);
  return <Target>(
    step: number,
    samples: readonly LoadedSample<Target>[],
    spare: Float32Array | undefined,
    words: (sample: LoadedSample<Target>) => string,
    after: (row: number, rng: Rng) => void = () => undefined,
  ): HostTensor => {
    const sides = samples[0]!.rasters.length;
    const rows = sides * samples.length;
    const pixels = spare ?? new Float32Array(rows * 3 * imageSize * imageSize);
    for (const [row, sample] of samples.entries()) {
      const rng = createRng(seed, 'sample', step, row);
      for (const [side, raster] of sample.rasters.entries()) {
        const view = drawView(raster, words(sample), augment, rng);
        writeView(raster, view, rowOf(pixels, side * samples.length + row, rows));
      }
      after(row, rng);
    }
    return floats([rows, 3, imageSize, imageSize], pixels);
  };
}
