import { describe, expect, test } from 'vitest';
import { type Raster, rasterToPixels, resizePicture } from '../../../model/image/picture.js';
import { createRng } from '../../../model/random.js';
import { OPERATOR_NAMES } from '../../../training/data/rand-augment/operators.js';
import { type Augmentation, drawView, type View } from '../../../training/data/view.js';
import { createViewWriter } from '../../../training/data/view-writer.js';

const upright = { transpose: false, mirrorX: false, mirrorY: false };
const whole = ({ width, height }: Raster): View => ({
  panels: [0],
  box: { x: 0, y: 0, width, height },
  orientation: upright,
  brightness: 1,
  contrast: 1,
  operators: [],
});

function paint(width: number, height: number, colour: (x: number, y: number, channel: number) => number): Raster {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return colour(pixel % width, Math.floor(pixel / width), i % 3);
  });
  return { width, height, data };
}

const waves = (width: number, height: number) =>
  paint(width, height, (x, y, c) => 128 + 100 * Math.sin((x / width) * 5 + c) * Math.cos((y / height) * 4));

/** A view as values 0 to 255, [3][S][S]. */
function write(raster: Raster, view: View, size: number): number[][][] {
  const pixels = new Float32Array(3 * size * size);
  createViewWriter(size, [0, 0, 0], [1, 1, 1])(raster, view, pixels);
  return Array.from({ length: 3 }, (_, c) =>
    Array.from({ length: size }, (_, y) =>
      Array.from({ length: size }, (_, x) => pixels[(c * size + y) * size + x]! * 255),
    ),
  );
}

describe('resizing', () => {
  test('at its own size a picture comes through as it is, normalised', () => {
    const raster = waves(16, 16);
    const mean = [0.4, 0.5, 0.6] as [number, number, number];
    const std = [0.2, 0.3, 0.4] as [number, number, number];
    const pixels = new Float32Array(3 * 16 * 16);
    createViewWriter(16, mean, std)(raster, whole(raster), pixels);
    const want = rasterToPixels(raster, { size: 16, mean, std, resize: 'squash' });
    for (const [index, value] of pixels.entries()) expect(value).toBeCloseTo(want[index]!, 5);
  });

  test.each([
    [40, 40, 96],
    [50, 70, 96],
    [96, 80, 32],
    [200, 130, 64],
  ])('%i x %i to %i px: as the pictures are resized for evaluation', async (width, height, size) => {
    const raster = waves(width, height);
    const want = (await resizePicture(raster, size)).data;
    const got = write(raster, whole(raster), size);
    const errors = Array.from(want, (value, i) => {
      const pixel = Math.floor(i / 3);
      return Math.abs(value - got[i % 3]![Math.floor(pixel / size)]![pixel % size]!);
    });
    expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(2);
  });

  test.each([
    [40, 96],
    [96, 40],
    [70, 64],
  ])('a ramp of %i px stays one at %i px', (width, size) => {
    const ramp = paint(width, width, (x) => 2 * x);
    const row = write(ramp, whole(ramp), size)[1]![size >> 1]!;
    for (let x = 8; x < size - 8; x++) expect(row[x]).toBeCloseTo(2 * (((x + 0.5) * width) / size - 0.5), 1);
  });

  test.each([
    [1, 1, 8],
    [3, 2, 16],
    [5, 90, 16],
  ])('one colour stays that colour, %i x %i to %i px', (width, height, size) => {
    const plain = paint(width, height, (_x, _y, c) => 50 + c);
    const channels = write(plain, whole(plain), size).map((plane) => plane.flat());
    for (const [c, values] of channels.entries()) for (const value of values) expect(value).toBeCloseTo(50 + c, 3);
  });

  test('an edge overshoots to 0 and 255, never beyond', () => {
    const edge = paint(8, 8, (x) => (x < 4 ? 0 : 255));
    const values = write(edge, whole(edge), 32).flat(2);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(255);
  });
});

describe('views', () => {
  const raster = paint(8, 8, (x, y, c) => x * 20 + y * 3 + c);

  test('show what lies in their box', () => {
    const view = { ...whole(raster), box: { x: 2, y: 3, width: 4, height: 4 } };
    expect(write(raster, view, 4)[1]![0]![0]).toBeCloseTo(2 * 20 + 3 * 3 + 1, 3);
    expect(write(raster, view, 4)[2]![3]![3]).toBeCloseTo(5 * 20 + 6 * 3 + 2, 3);
  });

  test.each([
    [{ ...upright, mirrorX: true }, (x: number, y: number) => [7 - x, y]],
    [{ ...upright, mirrorY: true }, (x: number, y: number) => [x, 7 - y]],
    [{ ...upright, transpose: true }, (x: number, y: number) => [y, x]],
    [{ transpose: true, mirrorX: true, mirrorY: false }, (x: number, y: number) => [y, 7 - x]],
  ])('are turned: %j', (orientation, from) => {
    const got = write(raster, { ...whole(raster), orientation }, 8);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const [u, v] = from(x, y) as [number, number];
        expect(got[0]![y]![x]).toBeCloseTo(u * 20 + v * 3, 3);
      }
    }
  });

  test('become brighter, and flatter around their mean grey', () => {
    const bright = write(raster, { ...whole(raster), brightness: 1.2 }, 8)[0]![2]![3]!;
    expect(bright).toBeCloseTo(1.2 * 66, 3);
    const flat = write(raster, { ...whole(raster), contrast: 0 }, 8).flat(2);
    expect(Math.max(...flat) - Math.min(...flat)).toBeLessThan(1e-3);
    expect(flat[0]).toBeCloseTo(80.5 + 0.587 + 0.228, 3);
  });
});

describe('drawing a view', () => {
  const settings: Augmentation = {
    crop: { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] },
    flip: 'none',
    panels: 1,
    colour: 0.4,
    randAugment: null,
  };

  test.each([
    [96, 96],
    [640, 480],
    [1, 1],
  ])('%i x %i: crops lie inside and keep to area and shape', (width, height) => {
    const raster = { width, height, data: new Uint8Array(0) };
    for (let seed = 0; seed < 100; seed++) {
      const { box, brightness } = drawView(raster, 'a', settings, createRng(seed));
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(true);
      expect(Math.abs(brightness - 1)).toBeLessThanOrEqual(0.4);
      if (width === 1) continue;
      expect((box.width * box.height) / (width * height)).toBeGreaterThan(0.19);
      expect(box.width / box.height).toBeGreaterThan(0.72);
      expect(box.width / box.height).toBeLessThan(1.37);
    }
  });

  test.each<[string, [number, number], number[], View['box']]>([
    // 0.6 of the area, square: sqrt(6000)
    ['in the middle of both ranges', [100, 100], [0.5, 0.5], { x: 11, y: 12, width: 77, height: 77 }],
    // A fifth of the area, 4 : 3: sqrt(2000 * 4 / 3) and sqrt(2000 * 3 / 4)
    ['small and wide', [100, 100], [0, 1], { x: 11, y: 12, width: 52, height: 39 }],
    // The whole area as a square has 71 pixels and does not fit; a fifth of it does.
    ['at the second attempt', [100, 50], [1, 0.5, 0, 0.5], { x: 11, y: 12, width: 32, height: 32 }],
  ])('a crop is torchvision’s: %s', (_name, [width, height], numbers, want) => {
    const [left, places] = [[...numbers], [11, 12]];
    const played = { ...createRng(1), next: () => left.shift() ?? 0.5, int: () => places.shift()! };
    expect(drawView({ width, height, data: new Uint8Array(0) }, 'a', settings, played).box).toEqual(want);
  });

  test('a strip that no crop fits gives its middle', () => {
    const strip = { width: 400, height: 10, data: new Uint8Array(0) };
    expect(drawView(strip, 'a', settings, createRng(1)).box).toEqual({ x: 193, y: 0, width: 13, height: 10 });
  });

  test('RandAugment comes last: cut, turn and tone are those of the view without it', () => {
    const raster = waves(40, 30);
    for (let seed = 0; seed < 20; seed++) {
      const draw = (randAugment: Augmentation['randAugment']) =>
        drawView(raster, 'a', { ...settings, flip: 'dihedral', randAugment }, createRng(seed));
      const { operators, ...view } = draw({ operators: 9, level: 4, names: OPERATOR_NAMES });
      expect({ ...view, operators: [] }).toEqual(draw(null));
      expect(operators.length).toBeGreaterThan(0);
      for (const { level } of operators) expect(level).toBe(4);
    }
  });

  test('without augmentation it is the whole picture', () => {
    const raster = waves(8, 6);
    const none: Augmentation = { crop: null, flip: 'none', panels: 1, colour: 0, randAugment: null };
    expect(drawView(raster, 'a', none, createRng(1))).toEqual(whole(raster));
  });

  test('every order of three panels comes up, and none but theirs where the text names a side', () => {
    const ordersOf = (text: string) => {
      const draw = (seed: number) => drawView(waves(6, 2), text, { ...settings, panels: 3 }, createRng(seed));
      return new Set(Array.from({ length: 100 }, (_, seed) => draw(seed).panels.join('')));
    };
    expect(ordersOf('a tower of two blocks')).toEqual(new Set(['012', '021', '102', '120', '201', '210']));
    expect(ordersOf('a tower on the left')).toEqual(new Set(['012']));
  });
});

describe('panels', () => {
  const columns = (raster: Raster, order: number[]) =>
    write(raster, { ...whole(raster), panels: order }, raster.width)[1]![0]!.map(Math.round);

  test.each([
    ['as they are', 6, [0, 1, 2], [10, 11, 12, 13, 14, 15]],
    ['the last first', 6, [2, 0, 1], [14, 15, 10, 11, 12, 13]],
    // Eight columns in three panels: edges at 8/3 and 16/3, rounded to 3 and 5.
    ['of unequal widths, none lost', 8, [1, 2, 0], [13, 14, 15, 16, 17, 10, 11, 12]],
    ['more than columns', 2, [3, 2, 1, 0], [11, 10]],
  ])('%s', (_name, width, order, want) => {
    const raster = paint(width, width, (x) => 10 + x);
    const before = [...raster.data];
    expect(columns(raster, order)).toEqual(want);
    expect([...raster.data]).toEqual(before);
  });
});
