import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../server/search/filter.js';

const ITEM = {
  year: 2021,
  place: 'Lisbon',
  tags: ['sea', 'sun'],
  camera: { make: 'Leica', iso: 200 },
  'a.b': 1,
  sold: false,
  note: null,
};

describe('compileFilter', () => {
  test.each<[string, object, boolean]>([
    ['equal numbers', { year: { eq: 2021 } }, true],
    ['a number is not its text', { year: { eq: '2021' } }, false],
    ['false is a value', { sold: { eq: false } }, true],
    ['null is a value', { note: { eq: null } }, true],
    ['a missing field has none', { missing: { eq: null } }, false],
    ['one of several', { place: { in: ['Porto', 'Lisbon'] } }, true],
    ['none of several', { place: { in: ['Porto'] } }, false],
    ['a range, both ends', { year: { gte: 2021, lt: 2022 } }, true],
    ['a range that ends before', { year: { gt: 2021 } }, false],
    ['texts are ordered too', { place: { gt: 'A', lte: 'Lisbon' } }, true],
    ['a text is not ordered among numbers', { place: { gt: 1 } }, false],
    ['a missing field is not ordered', { missing: { lt: 1 } }, false],
    ['an element of a list', { tags: { eq: 'sun' } }, true],
    ['no element of a list', { tags: { eq: 'snow' } }, false],
    ['one element must meet all conditions', { tags: { gt: 'sea', lt: 'sua' } }, false],
    ['a nested field', { 'camera.make': { eq: 'Leica' } }, true],
    ['a field with a dot in its name comes first', { 'a.b': { eq: 1 } }, true],
    ['a path through something that is no object', { 'place.length': { eq: 6 } }, false],
    ['inherited properties are no fields', { 'constructor.name': { eq: 'Object' } }, false],
    ['several fields must all hold', { year: { eq: 2021 }, place: { eq: 'Porto' } }, false],
    ['and', { and: [{ year: { eq: 2021 } }, { place: { eq: 'Lisbon' } }] }, true],
    ['or', { or: [{ year: { eq: 1 } }, { place: { eq: 'Lisbon' } }] }, true],
    ['not', { not: { place: { eq: 'Lisbon' } } }, false],
    ['not of a missing field', { not: { missing: { eq: 1 } } }, true],
    ['nested', { not: { or: [{ year: { lt: 2000 } }, { and: [{ sold: { eq: true } }] }] } }, true],
  ])('%s', (_name, filter, holds) => {
    expect(compileFilter(filter)(ITEM)).toBe(holds);
  });

  test('an item without metadata has no fields', () => {
    expect(compileFilter({ year: { eq: 2021 } })(undefined)).toBe(false);
    expect(compileFilter({ not: { year: { eq: 2021 } } })(undefined)).toBe(true);
  });
});
