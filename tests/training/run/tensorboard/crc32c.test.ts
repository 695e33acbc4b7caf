import { expect, test } from 'vitest';
import { crc32c } from '../../../../training/run/tensorboard/crc32c.js';

const bytes = (length: number, value: (i: number) => number) => Uint8Array.from({ length }, (_, i) => value(i));

// The check value of the algorithm, and the examples of RFC 3720, appendix B.4.
test.each([
  ['nothing', new Uint8Array(0), 0],
  ['"123456789"', new TextEncoder().encode('123456789'), 0xe3069283],
  ['32 zeros', bytes(32, () => 0), 0x8a9136aa],
  ['32 ones', bytes(32, () => 0xff), 0x62a8ab43],
  ['0 to 31', bytes(32, (i) => i), 0x46dd794e],
  ['31 to 0', bytes(32, (i) => 31 - i), 0x113fdb5c],
])('%s', (_, data, want) => {
  expect(crc32c(data)).toBe(want);
});
