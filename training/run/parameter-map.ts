import { type FlatLayout, viewOf } from '../step/flat-parameters.js';

/** The parameters of a flat buffer [P] by name, as views. */
export function parameterMap(
  buffer: Float32Array,
  layout: FlatLayout,
): Map<string, { shape: readonly number[]; data: Float32Array }> {
  return new Map(
    layout.parameters.map((parameter) => [parameter.name, { shape: parameter.shape, data: viewOf(buffer, parameter) }]),
  );
}
