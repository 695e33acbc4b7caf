import { describe, expect, test } from 'vitest';
import type { Raster } from '../../../../model/image/picture.js';
import { createRng } from '../../../../model/random.js';
import {
  autoContrast,
  brightness,
  equalize,
  sharpness,
} from '../../../../training/data/rand-augment/colour-operators.js';

/** A picture of one row per list, each grey value in all three channels. */
const grey = (rows: number[][]): Raster => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Uint8Array.from(rows.flat().flatMap((value) => [value, value, value])),
});
const channel = ({ data }: Raster, index: number) => [...data].filter((_, i) => i % 3 === index);
const reds = (raster: Raster) => channel(raster, 0);

const rng = createRng(1);
const noise: Raster = { width: 40, height: 30, data: Uint8Array.from({ length: 3600 }, () => rng.int(200) + 20) };
const flat = grey(Array.from({ length: 30 }, () => Array(40).fill(77)));

describe('autoContrast', () => {
  test('stretches from the lowest to the highest value, rounding down', () => {
    // (v - 10) * 255 / 50
    expect(reds(autoContrast(grey([[10, 20, 30, 60]])))).toEqual([0, 51, 102, 255]);
    expect(reds(autoContrast(grey([[7, 8, 9]])))).toEqual([0, 127, 255]);
  });

  test('takes each channel on its own', () => {
    const data = Uint8Array.from([0, 100, 5, 255, 200, 5, 51, 120, 5]);
    expect([...autoContrast({ width: 3, height: 1, data }).data]).toEqual([0, 0, 5, 255, 255, 5, 51, 51, 5]);
  });

  test('twice changes nothing more', () => {
    const once = autoContrast(noise);
    expect(autoContrast(once)).toEqual(once);
  });
});

describe('equalize', () => {
  test('gives each value the share of the pixels below it', () => {
    // 5200 pixels, 100 of the highest value: a step of 5100 / 255 = 20 pixels, counted from 10 on.
    const counts: [value: number, count: number][] = [
      [10, 1020],
      [20, 1530],
      [30, 2550],
      [250, 100],
    ];
    const values = counts.flatMap(([value, count]) => Array<number>(count).fill(value));
    const rows = Array.from({ length: 52 }, (_, y) => values.slice(y * 100, (y + 1) * 100));
    const out = reds(equalize(grey(rows)));
    // 10 / 20, 1030 / 20, 2560 / 20, 5110 / 20
    expect([0, 1020, 2550, 5199].map((i) => out[i])).toEqual([0, 51, 128, 255]);
  });

  test('leaves a picture alone that has too few pixels to tell', () => {
    const few = grey([[1, 2, 3, 200]]);
    expect(equalize(few)).toEqual(few);
  });

  test('never turns a brighter value into a darker one', () => {
    const order = Array.from({ length: 256 }, () => -1);
    for (const [i, value] of reds(noise).entries()) order[value] = reds(equalize(noise))[i]!;
    const present = order.filter((value) => value >= 0);
    expect(present).toEqual([...present].sort((a, b) => a - b));
  });
});

describe('brightness', () => {
  test.each([
    // 0.1 + 0.18 level: 1.36 at level 7
    [7, [0, 1, 25, 100, 187, 188, 255], [0, 1, 34, 136, 254, 255, 255]],
    [0, [0, 9, 10, 255], [0, 0, 1, 25]],
    [10, [10, 134, 135], [19, 254, 255]],
  ])('at level %i', (level, values, want) => {
    expect(reds(brightness(grey([values]), level))).toEqual(want);
  });
});

describe('sharpness', () => {
  test.each([
    // The neighbourhood of (8 * 61 + 5 * 100) / 13 = 76: 76 + 1.36 * 24 = 108.64
    ['away from the neighbourhood', 7, 61, 100, 108],
    // 76 + 0.46 * 24 = 87.04
    ['towards it at low levels', 2, 61, 100, 87],
    // 98 + 1.36 * 157 = 311.5, which would wrap around to 55
    ['holds what is too bright at 255', 7, 0, 255, 255],
    // 157 - 1.36 * 157 = -56.5
    ['holds what is too dark at 0', 7, 255, 0, 0],
  ])('%s', (_, level, around, centre, want) => {
    const rows = [
      [around, around, around],
      [around, centre, around],
      [around, around, around],
    ];
    const out = reds(sharpness(grey(rows), level));
    expect(out[4]).toBe(want);
    expect(out.filter((_value, i) => i !== 4)).toEqual(Array(8).fill(around));
  });

  test.each([
    [1, 1],
    [2, 9],
    [9, 2],
  ])('a picture of %i x %i has only an edge, which stays', (width, height) => {
    const picture = { width, height, data: noise.data.slice(0, width * height * 3) };
    expect(sharpness(picture, 7)).toEqual(picture);
  });
});

describe.each(Object.entries({ autoContrast, equalize, brightness, sharpness }))('%s', (name, operator) => {
  test('leaves the given picture as it is', () => {
    const before = noise.data.slice();
    operator(noise, 7);
    expect(noise.data).toEqual(before);
  });

  if (name !== 'brightness') {
    test('leaves a picture of one colour alone', () => expect(operator(flat, 7)).toEqual(flat));
  }
  if (name === 'brightness' || name === 'sharpness') {
    test('at level 5, factor 1, changes nothing', () => expect(operator(noise, 5)).toEqual(noise));
  }
});
