import type { Raster } from '../../../model/image/picture.js';
import { autoContrast, brightness, equalize, sharpness } from './colour-operators.js';
import { rotate, type Sign, shearX, shearY, translateX, translateY } from './geometric-operators.js';

/** Makes a changed picture of the same size; level (0 to 10) and sign mean what the operator says. The given one stays as it is. */
export type Operator = (raster: Raster, level: number, sign: Sign) => Raster;

/** The ten of RandAugment's operators that ALBEF takes (dataset/__init__.py): none that inverts colours or cuts holes. */
export const OPERATORS = {
  identity: (raster) => raster,
  autoContrast,
  equalize,
  brightness,
  sharpness,
  shearX,
  shearY,
  translateX,
  translateY,
  rotate,
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;
export const OPERATOR_NAMES = Object.keys(OPERATORS) as OperatorName[];

/** One operator as it was drawn for a picture. */
export interface OperatorUse {
  name: OperatorName;
  level: number;
  sign: Sign;
}

/** Applies operators one after the other. */
export const applyOperators = (raster: Raster, uses: readonly OperatorUse[]): Raster =>
  uses.reduce((current, { name, level, sign }) => (OPERATORS[name] as Operator)(current, level, sign), raster);
