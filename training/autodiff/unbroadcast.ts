import { reduceSum, reshape } from '../../model/graph/ops.js';
import { shapeText, sizeOf, staticShape, type Value } from '../../model/graph/value.js';
import { sumRows } from './sum-rows.js';

/** Sums a gradient over the axes along which its value was broadcast. */
export function unbroadcast(gradient: Value, value: Value): Value {
  if (shapeText(gradient.shape) === shapeText(value.shape)) return gradient;
  const target = staticShape(value);
  const shape = staticShape(gradient);
  const extra = shape.length - target.length;
  const axes = shape.flatMap((dim, i) => (i < extra || (target[i - extra] === 1 && dim !== 1) ? [i] : []));
  const inner = sizeOf(shape.slice(axes.length));
  if (axes.length > 0 && axes.at(-1) === axes.length - 1 && inner > 1)
    return reshape(sumRows(reshape(gradient, [sizeOf(shape) / inner, inner])), target);
  return reshape(axes.length > 0 ? reduceSum(gradient, axes, true) : gradient, target);
}
