import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { lockFolder } from '../../../model/files/folder-lock.js';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import { CollectionConflictError, UnknownCollectionError } from '../../../server/collections/collection-errors.js';
import { openCollections } from '../../../server/collections/collections.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { openSamples } from './open-samples.js';
import { encoded, MODEL, sampleItem } from './sample-items.js';

describe('collections', () => {
  test('are made once, listed by name, and found again after closing', async () => {
    const opened = await openSamples();
    const made = await opened.collections.create('A.b-c_9', { ...MODEL, description: 'first' });
    expect(made).toMatchObject({ created: true, info: { name: 'A.b-c_9', description: 'first', items: 0 } });
    expect(await opened.collections.create('A.b-c_9', MODEL)).toEqual({ ...made, created: false });
    const { collections } = await opened.reopened();
    expect(collections.list().map(({ name }) => name)).toEqual(['A.b-c_9', 'samples']);
    const renamed = await collections.create('A.b-c_9', { ...MODEL, description: 'second' });
    expect(renamed).toEqual({ created: false, info: { ...made.info, description: 'second' } });
    expect(collections.get('A.b-c_9').info().description).toBe('second');
  });

  test.each([
    { name: 'another model', asked: { ...MODEL, modelId: 'other' } },
    { name: 'another embedding size', asked: { ...MODEL, embeddingSize: 8 } },
  ])('keep their model when asked for $name', async ({ asked }) => {
    const { collections } = await openSamples();
    const error = await collections.create('samples', asked).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(CollectionConflictError);
    expect(collections.list()).toMatchObject([{ name: 'samples', modelId: 'abc123' }]);
  });

  test.each(['', '.hidden', '-x', 'a b', 'a/b', 'é', 'x'.repeat(65), '..', '__proto__'])(
    'have no name like %j',
    async (name) => {
      const { collections } = await openSamples();
      await expect(collections.create(name, MODEL)).rejects.toThrow(/^collection name: expected 1 to 64 of/);
    },
  );

  test('are gone at once when deleted, with all they had, and their name is free', async () => {
    const opened = await openSamples();
    const { collections, samples } = opened;
    await samples.put(Array.from({ length: 30 }, (_, i) => sampleItem(`${i}`, i)));
    const late = samples.put([sampleItem('late', 99)]);
    const deleted = collections.delete('samples');
    await Promise.allSettled([late]);
    await deleted;
    expect(() => collections.get('samples')).toThrow(UnknownCollectionError);
    await expect(collections.delete('samples')).rejects.toThrow(UnknownCollectionError);
    expect(() => samples.get('1')).toThrow(UnknownCollectionError);
    await expect(samples.put([sampleItem('x', 1)])).rejects.toThrow(UnknownCollectionError);
    await expect(samples.nearest({ target: 'image', embedding: encoded(1).embedding, k: 1 })).rejects.toThrow(
      UnknownCollectionError,
    );
    const again = await collections.create('samples', { ...MODEL, modelId: 'another now' });
    expect(again).toMatchObject({ created: true, info: { items: 0, modelId: 'another now' } });
    expect(collections.get('samples').list({ limit: 5 }).items).toEqual([]);
    await collections.get('samples').put([sampleItem('5', 5)]);
    await collections.close();
    const reopened = await openCollections(opened.dir);
    expect(reopened.get('samples').list({ limit: 5 }).items).toMatchObject([{ id: '5' }]);
    await reopened.close();
  });

  test('are refused after closing, and closing twice is no harm', async () => {
    const { collections, samples } = await openSamples();
    await Promise.all([collections.close(), collections.close()]);
    expect(() => collections.list()).toThrow('collections: expected to be open, got closed');
    expect(() => collections.get('samples')).toThrow('collections: expected to be open, got closed');
    await expect(collections.create('x', MODEL)).rejects.toThrow('collections: expected to be open, got closed');
    await expect(samples.put([sampleItem('x', 1)])).rejects.toThrow('collections: expected to be open, got closed');
  });

  test('finish the writes in progress when closed', async () => {
    const opened = await openSamples();
    const puts = Array.from({ length: 40 }, (_, i) => opened.samples.put([sampleItem(`${i}`, i)]));
    const closing = opened.collections.close();
    const settled = await Promise.allSettled(puts);
    await closing;
    const kept = settled.flatMap(({ status }, i) => (status === 'fulfilled' ? [`${i}`] : []));
    const reopened = await openCollections(opened.dir);
    const listed = reopened
      .get('samples')
      .list({ limit: 100 })
      .items.map(({ id }) => id);
    expect(listed).toEqual(kept);
    await reopened.close();
  });

  test('hold their directory against others', async () => {
    const { dir } = await openSamples();
    await expect(openCollections(dir)).rejects.toThrow(
      `data directory: expected to be free, got ${dir} locked by process ${process.pid}`,
    );
  });

  test('are backed up whole while they change', async () => {
    const { collections, samples } = await openSamples();
    await samples.put(Array.from({ length: 50 }, (_, i) => sampleItem(`${i}`, i)));
    const copy = await tempDir();
    const writing = Promise.all(Array.from({ length: 50 }, (_, i) => samples.put([sampleItem(`more ${i}`, i)])));
    await collections.backup(copy);
    await writing;
    const restored = await openCollections(copy);
    const { items, images } = restored.get('samples').info();
    expect(items).toBeGreaterThanOrEqual(50);
    const { embedding } = encoded(7);
    const hits = await restored.get('samples').nearest({ target: 'image', embedding, k: 200 });
    expect(hits).toHaveLength(images);
    expect(restored.get('samples').picture('7')).toEqual(sampleItem('7', 7).picture);
    await restored.close();
  });

  test('say that the disk is full and lose nothing', async (context) => {
    const dir = join(await tempDir(), 'small');
    await mkdir(dir);
    if (!mountSmallDisk(dir, 3000)) context.skip('needs the right to mount a small disk');
    const opened = await openSamples({}, dir);
    const kept: string[] = [];
    let error: unknown;
    for (let i = 0; error === undefined && i < 100; i++) {
      const big = {
        ...sampleItem(`${i}`, i),
        picture: { ...sampleItem('', i).picture!, bytes: new Uint8Array(200_000) },
      };
      await opened.samples.put([big]).then(
        () => kept.push(big.id),
        (reason: unknown) => {
          error = reason;
        },
      );
    }
    expect(error).toBeInstanceOf(NoSpaceError);
    expect(kept.length).toBeGreaterThan(5);
    const { samples } = await opened.reopened();
    expect(samples.list({ limit: 100 }).items.map(({ id }) => id)).toEqual(kept);
    expect(await samples.nearest({ target: 'image', embedding: encoded(2).embedding, k: 100 })).toHaveLength(
      kept.length,
    );
    expect(await samples.delete('0')).toBe(true);
    expect(await samples.put([sampleItem('small', 1)])).toEqual(['created']);
  });

  test('of a newer release are refused, and their directory stays free', async () => {
    const { dir, collections } = await openSamples();
    await collections.close();
    const root = open({ path: join(dir, 'store'), encoding: 'json' });
    await root.put('schema', { version: 7 });
    await root.close();
    for (let round = 0; round < 2; round++) {
      await expect(openCollections(dir)).rejects.toThrow(
        'expected schema version 1, got 7, written by a newer release',
      );
    }
    await (await lockFolder(dir, 'data directory')).release();
  });

  test('sweep away what deleted collections left', async () => {
    const opened = await openSamples();
    await opened.samples.put([sampleItem('a', 1)]);
    await opened.collections.delete('samples');
    await opened.collections.close();
    const { collections } = await openSamples({}, opened.dir);
    await collections.close();
    expect(await readdir(join(opened.dir, 'index'))).toEqual([]);
  });
});
