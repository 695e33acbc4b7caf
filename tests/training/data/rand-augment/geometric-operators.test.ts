import { describe, expect, test } from 'vitest';
import type { Raster } from '../../../../model/image/picture.js';
import { createRng } from '../../../../model/random.js';
import {
  rotate,
  type Sign,
  shearX,
  shearY,
  translateX,
  translateY,
} from '../../../../training/data/rand-augment/geometric-operators.js';

const OPERATORS = Object.entries({ shearX, shearY, translateX, translateY, rotate });
const SIGNS: Sign[] = [1, -1];

function paint(width: number, height: number, value: (x: number, y: number, channel: number) => number): Raster {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width), i % 3);
  });
  return { width, height, data };
}

/** The rows of the first channel. */
const rowsOf = ({ width, height, data }: Raster): number[][] =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => data[(y * width + x) * 3]!));
const transpose = (raster: Raster): Raster =>
  paint(raster.height, raster.width, (x, y, c) => raster.data[(x * raster.width + y) * 3 + c]!);

const rng = createRng(3);
const noise = paint(24, 18, () => rng.int(256));

describe('worked out by hand', () => {
  test('shearX slides the lower rows to the right, and grey comes in', () => {
    const picture = paint(3, 3, (x) => x * 100);
    // Row 1 by 0.3: 0.3 * 128 + 0.7 * 0, 0.3 * 0 + 0.7 * 100, 0.3 * 100 + 0.7 * 200; row 2 by 0.6.
    expect(rowsOf(shearX(picture, 10, 1))).toEqual([
      [0, 100, 200],
      [38, 70, 170],
      [77, 40, 140],
    ]);
    expect(rowsOf(shearX(picture, 10, -1))).toEqual([
      [0, 100, 200],
      [30, 130, 178],
      [60, 160, 157],
    ]);
  });

  test.each([
    [translateX, 1, [2, 3, 128, 128]],
    [translateX, -1, [128, 128, 0, 1]],
  ] as const)('%o by 2 pixels, sign %i', (operator, sign, want) => {
    expect(
      rowsOf(
        operator(
          paint(4, 2, (x) => x),
          2,
          sign,
        ),
      ),
    ).toEqual([want, want]);
  });

  test('half a pixel is the mean of two', () => {
    expect(
      rowsOf(
        translateX(
          paint(4, 1, (x) => 10 * x),
          0.5,
          1,
        ),
      )[0],
    ).toEqual([5, 15, 25, 79]);
  });

  test('a quarter turn is counter-clockwise, about pixel (2, 2) of 4 x 4', () => {
    const picture = paint(4, 4, (x, y) => 10 * x + y);
    expect(rowsOf(rotate(picture, 30, 1))).toEqual([
      [128, 128, 128, 128],
      [30, 31, 32, 33],
      [20, 21, 22, 23],
      [10, 11, 12, 13],
    ]);
    expect(rowsOf(rotate(picture, 30, -1))).toEqual([
      [128, 3, 2, 1],
      [128, 13, 12, 11],
      [128, 23, 22, 21],
      [128, 33, 32, 31],
    ]);
  });

  test('30 degrees take pixel (5, 3) of 8 x 8 from (4.37, 3.63)', () => {
    // From the middle: (1, -1). Counter-clockwise on the screen, so it comes from (cos + sin, sin - cos) = (1.366, -0.366).
    const picture = paint(8, 8, (x, y) => 20 * x + 3 * y);
    expect(rowsOf(rotate(picture, 10, 1))[3]![5]).toBe(Math.round(20 * 5.366 + 3 * 3.634));
    expect(rowsOf(rotate(picture, 10, -1))[3]![5]).toBe(Math.round(20 * 4.366 + 3 * 2.634));
  });
});

describe.each(OPERATORS)('%s', (_name, operator) => {
  test('at level 0 changes nothing', () => {
    for (const sign of SIGNS) expect(operator(noise, 0, sign)).toEqual(noise);
  });

  test('leaves a picture in the grey of the outside alone', () => {
    const grey = paint(20, 30, () => 128);
    for (const sign of SIGNS) expect(operator(grey, 9, sign)).toEqual(grey);
  });

  test('moves all channels alike', () => {
    const other = paint(24, 18, (x, y, c) => noise.data[(y * 24 + x) * 3 + ((c + 1) % 3)]!);
    for (const sign of SIGNS) {
      const [got, want] = [operator(other, 7, sign).data, operator(noise, 7, sign).data];
      expect(got).toEqual(want.map((_, i) => want[i - (i % 3) + ((i + 1) % 3)]!));
    }
  });

  test('keeps left on the left and above above, at every level and in both directions', () => {
    const SIZE = 60;
    const spots = { left: [15, 30], right: [44, 30], above: [30, 15], below: [30, 44] } as const;
    const spot = ([atX, atY]: readonly [number, number]) =>
      paint(SIZE, SIZE, (x, y) => (Math.abs(x - atX) < 3 && Math.abs(y - atY) < 3 ? 255 : 128));
    for (let level = 0; level <= 10; level++) {
      for (const sign of SIGNS) {
        const [left, right, above, below] = Object.values(spots).map((at) => centreOf(operator(spot(at), level, sign)));
        expect(left!.x).toBeLessThan(right!.x - 20);
        expect(above!.y).toBeLessThan(below!.y - 20);
        // The turn from the right spot to the upper one is the same as before: nothing is mirrored.
        const across = { x: right!.x - left!.x, y: right!.y - left!.y };
        const up = { x: above!.x - below!.x, y: above!.y - below!.y };
        expect(across.x * up.y - across.y * up.x).toBeLessThan(0);
      }
    }
  });

  test('leaves the given picture as it is', () => {
    const before = noise.data.slice();
    operator(noise, 7, 1);
    expect(noise.data).toEqual(before);
  });

  test.each([
    [1, 1],
    [1, 7],
    [50, 2],
  ])('%i x %i pixels stay that many', (width, height) => {
    const { data, ...size } = operator(
      paint(width, height, () => 9),
      10,
      -1,
    );
    expect([size, data.length]).toEqual([{ width, height }, width * height * 3]);
  });
});

/** Mean place of what is brighter than the outside. */
function centreOf(raster: Raster): { x: number; y: number } {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (const [y, row] of rowsOf(raster).entries()) {
    for (const [x, value] of row.entries()) {
      [sum, sumX, sumY] = [sum + value - 128, sumX + x * (value - 128), sumY + y * (value - 128)];
    }
  }
  return { x: sumX / sum, y: sumY / sum };
}

describe('pairs of operators', () => {
  test.each([
    ['translateX', translateX, (x: number, _y: number) => x],
    ['translateY', translateY, (_x: number, y: number) => y],
  ])('%s and back: the picture, but for what had left it', (_name, operator, along) => {
    const length = along(24, 18);
    const back = operator(operator(noise, 7, 1), 7, -1);
    const want = paint(24, 18, (x, y, c) => (along(x, y) < 7 ? 128 : noise.data[(y * 24 + x) * 3 + c]!));
    expect(back).toEqual(want);
    expect(operator(noise, length, 1)).toEqual(paint(24, 18, () => 128));
  });

  test.each([
    ['shearX and shearY', shearX, shearY],
    ['translateX and translateY', translateX, translateY],
  ])('%s are the same across the diagonal', (_name, across, down) => {
    for (const sign of SIGNS) expect(down(transpose(noise), 7, sign)).toEqual(transpose(across(noise, 7, sign)));
  });

  test('a turn and back comes close to the picture in its middle', () => {
    const smooth = paint(32, 32, (x, y) => 128 + 60 * Math.sin(x / 6) * Math.cos(y / 6));
    const [got, want] = [rowsOf(rotate(rotate(smooth, 7, 1), 7, -1)), rowsOf(smooth)];
    for (let y = 12; y < 20; y++) {
      for (let x = 12; x < 20; x++) expect(Math.abs(got[y]![x]! - want[y]![x]!)).toBeLessThan(4);
    }
  });
});
