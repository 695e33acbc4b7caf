import { expect, test } from 'vitest';
import { pictureSlots } from '../../../server/inference/picture-slots.js';

test.each([
  { cores: 2, setting: undefined, slots: 2 },
  { cores: 16, setting: undefined, slots: 3 },
  { cores: 16, setting: '20', slots: 16 },
  { cores: 16, setting: '8', slots: 7 },
  { cores: 16, setting: '1', slots: 1 },
  { cores: 16, setting: 'many', slots: 1 },
  { cores: 2000, setting: '1000000', slots: 1023 },
])('with $cores cores and UV_THREADPOOL_SIZE=$setting $slots pictures are decoded at a time', (given) => {
  expect(pictureSlots(given.cores, given.setting)).toBe(given.slots);
});
