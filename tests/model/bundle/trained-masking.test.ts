import { expect, test } from 'vitest';
import type { Manifest } from '../../../model/bundle/manifest.js';
import { trainedMasking } from '../../../model/bundle/trained-masking.js';

const PAPER = { image: { ratio: 0.6, unit: 2 }, text: { ratio: 0.3 } };

test.each<[string, unknown, object]>([
  [
    'is that of the recipe',
    { masking: { strategy: 'one', image: { ratio: 0.5, unit: 1 }, text: { ratio: 0.2 } } },
    { image: { ratio: 0.5, unit: 1 }, text: { ratio: 0.2 } },
  ],
  ["is the paper's where no recipe is known", {}, PAPER],
  ["is the paper's where the recipe says nonsense", { masking: { image: { ratio: 2, unit: 1 }, text: 1 } }, PAPER],
])('the masking of a bundle %s', (_, recipe, wanted) => {
  expect(trainedMasking({ provenance: { recipe } } as unknown as Manifest)).toEqual(wanted);
});
