import type { Raster } from '../../../model/image/picture.js';

// Pillow's ImageOps and ImageEnhance, as ALBEF's dataset/randaugment.py:10-149 rebuilds them. Values are computed exactly and then
// truncated; floating point makes the published ones 1 less here and there. Where 8-bit numbers wrap around in ALBEF's code, Pillow is
// followed.

/**
 * Stretches each channel so that its lowest value becomes 0 and its highest 255. A channel of one value stays. ALBEF's comes out all
 * white unless the lowest value is 0: there, the negative of an 8-bit number wraps around.
 */
export function autoContrast(raster: Raster): Raster {
  return throughTables(raster, (counts, table) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return;
    for (let value = low; value <= high; value++) table[value] = Math.floor(((value - low) * 255) / (high - low));
  });
}

/** Spreads the values of each channel so that each is about equally frequent. A channel with nearly one value stays. */
export function equalize(raster: Raster): Raster {
  return throughTables(raster, (counts, table) => {
    const highest = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((raster.width * raster.height - highest) / 255);
    if (step === 0) return;
    let below = Math.floor(step / 2);
    for (let value = 0; value < 256; value++) {
      table[value] = Math.min(255, Math.floor(below / step));
      below += counts[value]!;
    }
  });
}

/** Multiplies every value by 0.1 + 0.18 `level`: 1.36 at level 7. Below level 5 the picture darkens. */
export function brightness(raster: Raster, level: number): Raster {
  const percent = enhancementPercent(level);
  return throughTables(raster, (_counts, table) => {
    for (let value = 0; value < 256; value++) table[value] = Math.min(255, Math.floor((value * percent) / 100));
  });
}

/**
 * Moves every value away from (above level 5) or towards its smoothed neighbourhood, d + (0.1 + 0.18 `level`) (v - d), where d weighs
 * the pixel 5 and its neighbours 1 each. The outermost pixels stay. Values are held within 0 to 255; ALBEF's wrap around, which turns
 * the brightest pixels of an edge black.
 */
export function sharpness(raster: Raster, level: number): Raster {
  const { width, height, data } = raster;
  const percent = enhancementPercent(level);
  const out = new Uint8Array(data);
  const row = width * 3;
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * row - 3;
    for (let i = y * row + 3; i < end; i++) {
      const above = data[i - row - 3]! + data[i - row]! + data[i - row + 3]!;
      const below = data[i + row - 3]! + data[i + row]! + data[i + row + 3]!;
      const sum = above + below + data[i - 3]! + 5 * data[i]! + data[i + 3]!;
      const smooth = ((sum + 6) / 13) | 0;
      const value = (100 * smooth + percent * (data[i]! - smooth)) / 100;
      out[i] = Math.max(0, Math.min(255, value));
    }
  }
  return { width, height, data: out };
}

/** ALBEF's strength of an enhancement, in percent so that whole levels are whole numbers. */
const enhancementPercent = (level: number): number => 10 + 18 * level;

/** Replaces each channel's values by a table of them; `fill` gets how often each value occurs, and a table that changes nothing. */
function throughTables(
  { width, height, data }: Raster,
  fill: (counts: Uint32Array, table: Uint8Array) => void,
): Raster {
  const counts = [0, 1, 2].map(() => new Uint32Array(256)) as [Uint32Array, Uint32Array, Uint32Array];
  const [reds, greens, blues] = counts;
  for (let i = 0; i < data.length; i += 3) {
    reds[data[i]!]!++;
    greens[data[i + 1]!]!++;
    blues[data[i + 2]!]!++;
  }
  const [red, green, blue] = counts.map((count) => {
    const table = Uint8Array.from({ length: 256 }, (_, value) => value);
    fill(count, table);
    return table;
  }) as [Uint8Array, Uint8Array, Uint8Array];
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    out[i] = red[data[i]!]!;
    out[i + 1] = green[data[i + 1]!]!;
    out[i + 2] = blue[data[i + 2]!]!;
  }
  return { width, height, data: out };
}
