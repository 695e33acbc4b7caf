import { expect, test } from 'vitest';
import { checkTokenInputs } from '../../../model/bundle/check-token-inputs.js';

const inputs = (type: string) => [
  { name: 'image_tokens', type },
  { name: 'attention_mask', type: 'int64' },
];

test('a graph takes tokens as they are stored', () => {
  expect(() => checkTokenInputs('bundle b: matcher', inputs('float16'))).not.toThrow();
  expect(() => checkTokenInputs('bundle b: matcher', inputs('float32'))).toThrow(
    'bundle b: matcher: image_tokens: expected float16, got float32, of an older release; export the bundle again',
  );
});
