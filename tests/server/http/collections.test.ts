import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyBundle } from '../../fixtures/tiny-bundle.js';
import { expectContract } from '../contract-check.js';
import { type Harness, startHarness } from '../server-harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ bundles: [await tinyBundle(), await tinyBundle(2, 'other')] });
});
afterAll(() => harness.close());

describe('collections', () => {
  test('are created once, with the default model, and then answered as they are', async () => {
    const created = await harness.request.put('/v1/collections/photos').send({ description: 'Holidays' });
    expectContract(created);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name: 'photos',
      description: 'Holidays',
      model: 'tiny',
      items: 0,
      images: 0,
      texts: 0,
    });
    const again = await harness.request.put('/v1/collections/photos');
    expectContract(again);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(created.body);
  });

  test('keep their model', async () => {
    const created = await harness.request.put('/v1/collections/by-other').send({ model: 'other' });
    expect(created.body.model).toBe('other');
    expect((await harness.request.put('/v1/collections/by-other')).status).toBe(200);
    const conflict = await harness.request.put('/v1/collections/by-other').send({ model: 'tiny' });
    expectContract(conflict);
    expect(conflict.status).toBe(409);
    expect(conflict.body.detail).toContain('by-other');
  });

  test('a model that is not loaded is named', async () => {
    const answer = await harness.request.put('/v1/collections/c').send({ model: 'nobody' });
    expectContract(answer);
    expect(answer.status).toBe(404);
    expect(answer.body.errors[0].path).toBe('model');
  });

  test('are listed by name, read and deleted', async () => {
    await harness.request.put('/v1/collections/zebra');
    await harness.request.put('/v1/collections/apple');
    const list = await harness.request.get('/v1/collections');
    expectContract(list);
    const names = list.body.collections.map(({ name }: { name: string }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('zebra');
    const one = await harness.request.get('/v1/collections/zebra');
    expectContract(one);
    expect(one.body.name).toBe('zebra');
    const gone = await harness.request.delete('/v1/collections/zebra');
    expectContract(gone);
    expect(gone.status).toBe(204);
    for (const answer of [
      await harness.request.get('/v1/collections/zebra'),
      await harness.request.delete('/v1/collections/zebra'),
    ]) {
      expectContract(answer);
      expect(answer.status).toBe(404);
    }
  });

  test.each(['-x', 'a b', 'a%2Fb', 'x'.repeat(65), '%00'])('the name %s is refused', async (name) => {
    const answer = await harness.request.put(`/v1/collections/${name}`);
    expectContract(answer);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].path).toBe('collection');
  });

  test('an unknown field is refused by name', async () => {
    const answer = await harness.request.put('/v1/collections/c').send({ describtion: 'typo' });
    expectContract(answer);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ path: 'describtion', message: 'is not a field here' }]);
  });
});
