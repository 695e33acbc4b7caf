import { expect } from '../../model/errors.js';

/** A round may take hours on a machine that has other things to do. */
export const LONG_MS = 24 * 3_600_000;

/** `count` times SOAK_SHARE, 1 unless the environment says otherwise, such as 0.1 for a tenth of everything; at least 1. */
export function share(count: number): number {
  const text = process.env.SOAK_SHARE ?? '1';
  const factor = Number(text);
  expect(factor > 0 && Number.isFinite(factor), 'SOAK_SHARE', 'a number above 0', JSON.stringify(text));
  return Math.max(1, Math.round(count * factor));
}
