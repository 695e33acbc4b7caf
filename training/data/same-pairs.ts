/** What two samples of a batch are compared by. */
export interface PairIdentity {
  imageKey: string;
  /** Number of the sample's text; equal texts have equal numbers in a run. */
  textId: number;
  /** Numbers of all texts that are true of the sample's picture, the sample's own among them. */
  trueTextIds: readonly number[];
}

/** Equal for texts that differ in case, punctuation or spacing only. */
export function textKey(text: string): string {
  const words = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return words || text;
}

/**
 * Finds which pairs of a batch belong together: [B,B], 1 where the two samples show the same picture, have the same text, or where
 * the text of one is among the captions of the other's picture. Symmetric, with ones on the diagonal.
 */
export function findSamePairs(samples: readonly PairIdentity[]): Uint8Array {
  const size = samples.length;
  const same = new Uint8Array(size * size);
  const rowsOfText = groupRows(samples.map(({ textId }) => textId));
  const rowsOfPicture = groupRows(samples.map(({ imageKey }) => imageKey));
  for (const [row, { imageKey, trueTextIds }] of samples.entries()) {
    const others = [rowsOfPicture.get(imageKey)!, ...trueTextIds.map((id) => rowsOfText.get(id) ?? [])];
    for (const other of others.flat()) {
      same[row * size + other] = 1;
      same[other * size + row] = 1;
    }
  }
  return same;
}

/** Eq. 2's target distribution per row, [B,B]: the own pair alone (`diagonal`), or equal shares of all that belong to it (`caption`). */
export function itcTargets(same: Uint8Array, size: number, rule: 'diagonal' | 'caption'): Float32Array {
  const targets = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    if (rule === 'diagonal') {
      targets[row * size + row] = 1;
      continue;
    }
    const counts = same.subarray(row * size, (row + 1) * size);
    const sum = counts.reduce((a, b) => a + b, 0);
    for (let column = 0; column < size; column++) targets[row * size + column] = counts[column]! / sum;
  }
  return targets;
}

function groupRows<K>(keys: K[]): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const [row, key] of keys.entries()) {
    const rows = groups.get(key);
    if (rows) rows.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
