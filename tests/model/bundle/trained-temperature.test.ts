import { expect, test } from 'vitest';
import type { Manifest } from '../../../model/bundle/manifest.js';
import { trainedTemperature } from '../../../model/bundle/trained-temperature.js';

test.each<[string, object, object, number]>([
  ['is the one that was learned', { itc: { temperature: 0.02 } }, { itc: { temperature: { init: 0.1 } } }, 0.02],
  ['is where training began in older bundles', {}, { itc: { temperature: { init: 0.1 } } }, 0.1],
  ['is the usual one where no recipe is known', {}, {}, 0.07],
  ['is the usual one where the recipe says nonsense', {}, { itc: { temperature: { init: -1 } } }, 0.07],
])('the temperature of a bundle %s', (_, manifest, recipe, wanted) => {
  expect(trainedTemperature({ ...manifest, provenance: { recipe } } as unknown as Manifest)).toBe(wanted);
});
