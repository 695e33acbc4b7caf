// One small picture through every operator at level 7, as Pillow 12 and OpenCV 5 change it.
import { expect, test } from 'vitest';
import type { Raster } from '../../../../model/image/picture.js';
import { applyOperators, OPERATORS, type OperatorName } from '../../../../training/data/rand-augment/operators.js';

const PICTURE = [
  [0, 40, 80, 120, 160],
  [50, 90, 130, 170, 210],
  [100, 140, 180, 220, 4],
  [150, 190, 230, 14, 54],
];

const picture: Raster = {
  width: 5,
  height: 4,
  data: Uint8Array.from(PICTURE.flat().flatMap((value) => [value, value, value])),
};
const rowsOf = ({ width, data }: Raster): number[][] =>
  PICTURE.map((row, y) => row.map((_, x) => data[(y * width + x) * 3]!));

test('the ten are ALBEF’s', () => {
  expect(Object.keys(OPERATORS)).toEqual(
    'identity autoContrast equalize brightness sharpness shearX shearY translateX translateY rotate'.split(' '),
  );
});

test.each<[OperatorName, number[][]]>([
  ['identity', PICTURE],
  [
    'autoContrast',
    [
      [0, 44, 88, 133, 177],
      [55, 99, 144, 188, 232],
      [110, 155, 199, 243, 4],
      [166, 210, 255, 15, 59],
    ],
  ],
  // Fewer than 255 pixels: nothing to spread.
  ['equalize', PICTURE],
  [
    'brightness',
    [
      [0, 54, 108, 163, 217],
      [68, 122, 176, 231, 255],
      [136, 190, 244, 255, 5],
      [204, 255, 255, 19, 73],
    ],
  ],
  [
    'sharpness',
    [
      [0, 40, 80, 120, 160],
      [50, 90, 130, 177, 210],
      [100, 140, 187, 241, 4],
      [150, 190, 230, 14, 54],
    ],
  ],
])('%s is Pillow’s', (name, want) => {
  expect(rowsOf(applyOperators(picture, [{ name, level: 7, sign: 1 }]))).toEqual(want);
});

test.each<[OperatorName, 1 | -1, number, number[][]]>([
  [
    'shearX',
    1,
    7,
    [
      [0, 40, 80, 120, 160],
      [66, 82, 122, 162, 202],
      [112, 123, 163, 203, 95],
      [136, 165, 205, 150, 29],
    ],
  ],
  [
    'shearY',
    -1,
    7,
    [
      [0, 50, 101, 152, 202],
      [50, 100, 151, 202, 37],
      [100, 150, 201, 90, 46],
      [150, 177, 187, 86, 116],
    ],
  ],
  [
    'translateX',
    1,
    3,
    [
      [120, 160, 128, 128, 128],
      [170, 210, 128, 128, 128],
      [220, 4, 128, 128, 128],
      [14, 54, 128, 128, 128],
    ],
  ],
  [
    'translateX',
    -1,
    3,
    [
      [128, 128, 128, 0, 40],
      [128, 128, 128, 50, 90],
      [128, 128, 128, 100, 140],
      [128, 128, 128, 150, 190],
    ],
  ],
  [
    'rotate',
    1,
    7,
    [
      [106, 95, 111, 163, 153],
      [30, 85, 140, 175, 97],
      [62, 117, 172, 183, 39],
      [107, 149, 205, 102, 79],
    ],
  ],
  [
    'rotate',
    -1,
    7,
    [
      [94, 49, 68, 92, 128],
      [104, 110, 129, 149, 168],
      [151, 171, 189, 210, 123],
      [135, 170, 143, 57, 51],
    ],
  ],
])('%s, sign %i, is OpenCV’s warpAffine', (name, sign, level, want) => {
  const got = rowsOf(applyOperators(picture, [{ name, level, sign }]));
  for (const [y, row] of want.entries()) {
    // Halves are rounded differently.
    for (const [x, value] of row.entries()) expect(Math.abs(got[y]![x]! - value), `${x}, ${y}`).toBeLessThanOrEqual(1);
  }
});
