import { expect, test } from 'vitest';
import { scalarsEvent, startEvent, versionEvent } from '../../../../training/run/tensorboard/event.js';
import { tfRecord } from '../../../../training/run/tensorboard/tf-record.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').replaceAll(/../g, '$& ').trim();

// 1.5 as a double is 00..00 f8 3f; fields are (number << 3) | wire type.
test.each([
  ['the version', versionEvent(1.5), '09 00 00 00 00 00 00 f8 3f 1a 0d 62 72 61 69 6e 2e 45 76 65 6e 74 3a 32'],
  ['a start', startEvent(1.5, 300), '09 00 00 00 00 00 00 f8 3f 10 ac 02 3a 02 08 01'],
  [
    'scalars: "a" 1, "b/c" -2',
    scalarsEvent(1.5, 7, { a: 1, 'b/c': -2 }),
    '09 00 00 00 00 00 00 f8 3f 10 07 2a 16 0a 08 0a 01 61 15 00 00 80 3f 0a 0a 0a 03 62 2f 63 15 00 00 00 c0',
  ],
])('%s, byte by byte', (_, event, want) => {
  expect(hex(event)).toBe(want);
});

test('a record is framed by its length and two masked checksums', () => {
  const record = tfRecord(new TextEncoder().encode('123456789'));
  expect(record).toHaveLength(9 + 16);
  expect(hex(record.subarray(0, 8))).toBe('09 00 00 00 00 00 00 00');
  // 0xe3069283 turned right by 15 bits is 0x2507c60d; + 0xa282ead8 = 0xc78ab0e5
  expect(hex(record.subarray(21))).toBe('e5 b0 8a c7');
});
