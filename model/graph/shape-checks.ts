import { ExpectationError } from '../errors.js';
import { broadcastShapes, type Dim, type Dtype, type Shape, shapeText, type Value } from './value.js';

export interface Inferred {
  dtype: Dtype;
  shape: Shape;
}
/** What an operator's outputs are, from its inputs; `where` names the node in errors. */
export type ShapeRule<Attributes> = (where: string, inputs: readonly Value[], attributes: Attributes) => Inferred[];

export function check(condition: boolean, where: string, expected: string, got: string): asserts condition {
  if (!condition) throw new ExpectationError(where, expected, got);
}

export function inputsOf(where: string, inputs: readonly Value[], count: number): readonly Value[] {
  check(inputs.length === count, where, `${count} inputs`, String(inputs.length));
  return inputs;
}

export const sameDtype = (where: string, a: Value, b: Value) =>
  check(a.dtype === b.dtype, where, `${a.dtype} for both inputs`, b.dtype);

/** The shape of a matrix product, batches broadcast. */
export function matMulShape(where: string, a: Shape, b: Shape): Dim[] {
  check(a.length >= 2 && b.length >= 2, where, 'two inputs of rank 2 or more', `${shapeText(a)} and ${shapeText(b)}`);
  check(a.at(-1) === b.at(-2), where, `inner dimensions that agree`, `${shapeText(a)} and ${shapeText(b)}`);
  return [...broadcastShapes(where, a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}
