import { expect, test } from 'vitest';
import { batchPart } from '../../../training/step/accumulator.js';
import { addRows, gatherRows, partOf, rowsFrom, sumOf, zeroRows } from '../../../training/step/batch-rows.js';
import { float32, int64, numbersOf } from '../../fixtures/run-graph.js';

const counted = (shape: number[]) =>
  float32(
    shape,
    rowsFrom(
      0,
      shape.reduce((a, b) => a * b),
    ),
  );

test('rows are gathered in the order asked for, of any type', () => {
  expect(gatherRows(counted([3, 2]), [2, 0, 2])).toEqual(float32([3, 2], [4, 5, 0, 1, 4, 5]));
  expect(gatherRows(int64([2, 1], [7, 8]), [1])).toEqual(int64([1, 1], [8]));
});

test('rows are added where they belong, twice where they come twice', () => {
  const sum = zeroRows([3, 2]);
  addRows(sum, [2, 0, 2], counted([3, 2]));
  expect(numbersOf(sum)).toEqual([2, 3, 0, 0, 4, 6]);
  expect(sumOf(sum)).toBe(15);
});

test('parts are views of equal size', () => {
  const whole = counted([4, 1, 2]);
  const part = partOf(whole, 1, 2);
  expect(part).toEqual(float32([2, 1, 2], [4, 5, 6, 7]));
  expect(part.data.buffer).toBe(whole.data.buffer);
});

test('a part of a batch has the same samples of every tensor', () => {
  const batch = {
    input_ids: int64([4, 1], [0, 1, 2, 3]),
    answer_ids: int64([8, 1], [0, 0, 1, 1, 2, 2, 3, 3]),
    // the left and the right picture of each sample
    pixel_values: float32([8, 1], [0, 10, 1, 11, 2, 12, 3, 13]),
  };
  const part = batchPart(batch, 1, 2);
  expect(Object.values(part).map(({ data }) => Array.from(data, Number))).toEqual([
    [2, 3],
    [2, 2, 3, 3],
    [2, 12, 3, 13],
  ]);
});
