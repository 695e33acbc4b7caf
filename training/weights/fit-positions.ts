import type { Floats } from './floats.js';
import { type PositionResampling, resamplePositions } from './resample-positions.js';

/** What a table of positions of another length gives for a parameter. */
export interface FittedPositions {
  /** Its rows from the first one on; those that it lacks stay as they are. */
  data: Float32Array;
  /** What was done, for people. */
  note: string;
}

type Fit = (source: Floats, shape: readonly number[], resampling: PositionResampling) => FittedPositions | null;

/** Another size of picture has another grid of patches: [1,1+g^2,D]. */
const fitGrid: Fit = ({ shape: [one, tokens, width], data }, wanted, resampling) => {
  const from = Math.sqrt((tokens ?? 0) - 1);
  const to = Math.sqrt(wanted[1]! - 1);
  if (one !== 1 || width === undefined || width !== wanted[2] || !Number.isInteger(from) || from < 1) return null;
  return {
    data: resamplePositions(data, width, { from, to }, resampling),
    note: `${from}x${from} positions made ${to}x${to} (${resampling})`,
  };
};

/** A longer or shorter text begins with the same positions: [T+2,D]. */
const fitRows: Fit = ({ shape: [rows, width], data }, [wanted, wantedWidth]) => {
  if (rows === undefined || width === undefined || width !== wantedWidth) return null;
  const kept = Math.min(rows, wanted!);
  const rest = kept < wanted! ? `, the other ${wanted! - kept} begin afresh` : '';
  return { data: data.subarray(0, kept * width), note: `the first ${kept} of ${rows} rows${rest}` };
};

const TABLES: Readonly<Record<string, Fit>> = {
  'image_encoder.pos_embed': fitGrid,
  'text_encoder.position_embeddings.weight': fitRows,
};

/**
 * Fits position embeddings that were learned for pictures of another size, or texts of another length, to the `shape` of the parameter
 * `name` [1,N,D] or [T+2,D]. Null where `name` is no such table, or width or form differ as well.
 */
export function fitPositions(
  name: string,
  source: Floats,
  shape: readonly number[],
  resampling: PositionResampling,
): FittedPositions | null {
  return Object.hasOwn(TABLES, name) ? TABLES[name]!(source, shape, resampling) : null;
}
