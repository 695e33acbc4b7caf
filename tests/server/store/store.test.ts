import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import { openStore, type Write } from '../../../server/store/store.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';

const picture = (label: number, bytes: number): Write => ({
  table: 'pictures',
  key: [1, label],
  value: new Uint8Array(bytes).fill(label),
});

describe('store', () => {
  test('keeps what was committed', async () => {
    const dir = await tempDir();
    const store = await openStore(dir);
    await store.commit([picture(1, 5000), { table: 'items', key: [1, 1], value: { id: 'a', text: 'é\u{1f600}' } }]);
    await store.commit([{ table: 'labels', key: [1, '\u{10ffff}'.repeat(256)], value: 9 }]);
    await store.close();
    const again = await openStore(dir);
    expect(again.tables.items.get([1, 1])).toEqual({ id: 'a', text: 'é\u{1f600}' });
    expect(again.tables.labels.get([1, '\u{10ffff}'.repeat(256)])).toBe(9);
    expect(again.tables.pictures.getBinary([1, 1])?.length).toBe(5000);
    await again.commit([{ table: 'pictures', key: [1, 1], value: undefined }]);
    expect(again.tables.pictures.get([1, 1])).toBeUndefined();
    await again.close();
  });

  test('writes nothing of a commit with a value that has no JSON form', async () => {
    const store = await openStore(await tempDir());
    const writes: Write[] = [picture(1, 10), { table: 'items', key: [1, 1], value: { count: 1n } }];
    await expect(store.commit(writes)).rejects.toThrow(TypeError);
    expect(store.tables.pictures.get([1, 1])).toBeUndefined();
    await store.close();
  });

  test('refuses a store of a newer release and leaves it as it is', async () => {
    const dir = await tempDir();
    const root = open({ path: dir, encoding: 'json' });
    await root.put('schema', { version: 2 });
    await root.close();
    const message = `store ${dir}: expected schema version 1, got 2, written by a newer release`;
    await expect(openStore(dir)).rejects.toThrow(message);
    await expect(openStore(dir)).rejects.toThrow(message);
  });

  test.each([
    { name: 'is no store', damage: () => Buffer.alloc(20_000, 'no store '), message: 'expected an LMDB file' },
    { name: 'is short', damage: () => Buffer.from('short'), message: 'expected an LMDB file' },
    { name: 'lost its second head', damage: (file: Buffer) => file.fill(0, 4096, 8192), message: 'expected two heads' },
    { name: 'lost its tail', damage: (file: Buffer) => file.subarray(0, 8192), message: 'so it was cut' },
  ])('refuses a file that $name', async ({ damage, message }) => {
    const dir = await tempDir();
    const store = await openStore(dir);
    await store.commit([picture(1, 100_000)]);
    await store.close();
    const file = join(dir, 'data.mdb');
    await writeFile(file, damage(await readFile(file)));
    await expect(openStore(dir)).rejects.toThrow(message);
  });

  test('says that a disk is full, keeps what it had, and goes on when there is room again', async (context) => {
    const dir = join(await tempDir(), 'small');
    await mkdir(dir);
    if (!mountSmallDisk(dir, 4096)) context.skip('needs the right to mount a small disk');
    const store = await openStore(dir);
    await store.commit([picture(1, 1 << 20)]);
    await store.commit([picture(2, 1 << 20)]);
    const tooMuch = [picture(3, 1000), picture(4, 3 << 20)];
    await expect(store.commit(tooMuch)).rejects.toThrow(NoSpaceError);
    await expect(store.commit(tooMuch)).rejects.toThrow(/^store: expected room for 31\d{5} bytes, got \d+ bytes free$/);
    expect([...store.tables.pictures.getKeys()]).toEqual([
      [1, 1],
      [1, 2],
    ]);
    await store.commit([{ table: 'pictures', key: [1, 1], value: undefined }]);
    await store.commit([picture(5, 500_000)]);
    await store.close();
    const again = await openStore(dir);
    expect([...again.tables.pictures.getKeys()]).toEqual([
      [1, 2],
      [1, 5],
    ]);
    expect(again.tables.pictures.getBinary([1, 2])?.every((byte) => byte === 2)).toBe(true);
    await again.close();
  });
});
