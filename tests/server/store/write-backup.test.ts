import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { expect, test } from 'vitest';
import { NoSpaceError } from '../../../model/files/no-space-error.js';
import { copyEnvironment } from '../../../server/store/copy-environment.js';
import { openStore } from '../../../server/store/store.js';
import { removeUnfinished, writeBackup } from '../../../server/store/write-backup.js';
import { mountSmallDisk } from '../../fixtures/small-disk.js';
import { tempDir } from '../../fixtures/temp-dir.js';

test('a disk that fills up under the copy leaves nothing of it, and the store goes on', async (context) => {
  const out = join(await tempDir(), 'small');
  await mkdir(out);
  if (!mountSmallDisk(out, 3500)) context.skip('needs the right to mount a small disk');
  const store = await openStore(await tempDir());
  const picture = (label: number) => ({ table: 'pictures' as const, key: [1, label], value: new Uint8Array(2e6) });
  await store.commit([picture(1), picture(2)]);
  const { root } = store as unknown as { root: RootDatabase<unknown, string> };
  // Somebody else takes the room that there seemed to be.
  await expect(writeBackup(out, 1, (to) => copyEnvironment(root, to))).rejects.toThrow(NoSpaceError);
  expect(await readdir(out)).toEqual([]);
  await store.commit([{ ...picture(2), value: undefined }]);
  expect(await store.backup(out)).toMatchObject([{ file: 'store/data.mdb' }]);
  await store.close();
});

test('what fails leaves a folder as it was', async () => {
  const dir = await tempDir();
  for (const out of [join(dir, 'new'), dir]) {
    const failing = writeBackup(out, 1, async (to) => {
      await writeFile(join(to, 'data.mdb'), 'half');
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
  }
  expect(await readdir(dir)).toEqual([]);
});

test('what is no longer wanted leaves a folder as it was', async () => {
  const dir = await tempDir();
  for (const out of [join(dir, 'new'), dir]) {
    const controller = new AbortController();
    const unwanted = writeBackup(
      out,
      1,
      async (to) => {
        await writeFile(join(to, 'data.mdb'), 'whole');
        controller.abort(new Error('cancelled'));
      },
      controller.signal,
    );
    await expect(unwanted).rejects.toThrow('cancelled');
  }
  expect(await readdir(dir)).toEqual([]);
});

test('what a killed process left is swept away, and nothing else', async () => {
  const dir = await tempDir();
  await mkdir(join(dir, 'a', 'unfinished-backup'), { recursive: true });
  await mkdir(join(dir, 'b', 'unfinished-backup'), { recursive: true });
  await writeFile(join(dir, 'b', 'mine'), '');
  for (const name of ['a', 'b', 'not there']) await removeUnfinished(join(dir, name));
  expect(await readdir(dir)).toEqual(['b']);
  expect(await readdir(join(dir, 'b'))).toEqual(['mine']);
});

test('a store that leaked pages is copied with them', async () => {
  const dir = await tempDir();
  const asked: boolean[] = [];
  const leaky = {
    async backup(to: string, compact: boolean) {
      asked.push(compact);
      await writeFile(join(to, 'data.mdb'), 'x', { flag: 'wx' });
      if (compact) throw new Error('MDB_INCOMPATIBLE: Operation and DB incompatible, or DB flags changed');
    },
  };
  await copyEnvironment(leaky, dir);
  expect([asked, await readdir(dir)]).toEqual([[true, false], ['data.mdb']]);
});
