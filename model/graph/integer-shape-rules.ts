import type { OperatorAttributes } from './operators.js';
import { check, inputsOf, matMulShape, type ShapeRule } from './shape-checks.js';
import { shapeText, type Value } from './value.js';

export const dynamicQuantizeLinear: ShapeRule<OperatorAttributes['DynamicQuantizeLinear']> = (where, inputs) => {
  const [x] = inputsOf(where, inputs, 1) as [Value];
  check(x.dtype === 'float32', where, 'a float32 input', x.dtype);
  return [
    { dtype: 'uint8', shape: x.shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ];
};

const isByte = ({ dtype }: Value): boolean => dtype === 'int8' || dtype === 'uint8';

export const matMulInteger: ShapeRule<OperatorAttributes['MatMulInteger']> = (where, inputs) => {
  const [a, b, zeroPoint] = inputsOf(where, inputs, 3) as [Value, Value, Value];
  check(isByte(a) && isByte(b), where, 'two inputs of int8 or uint8', `${a.dtype} and ${b.dtype}`);
  check(
    zeroPoint.dtype === a.dtype && zeroPoint.shape.length === 0,
    where,
    `a scalar zero point of ${a.dtype}`,
    `${zeroPoint.dtype} ${shapeText(zeroPoint.shape)}`,
  );
  return [{ dtype: 'int32', shape: matMulShape(where, a.shape, b.shape) }];
};
