import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256File } from '../../../model/files/sha256-file.js';
import { writeAtomically } from '../../../model/files/write-atomically.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  test('writes text, bytes, or what a function writes piece by piece', async () => {
    const inner = await mkdtemp(join(folder, 'a-'));
    await writeAtomically(join(inner, 'text'), 'größe');
    await writeAtomically(join(inner, 'bytes'), Uint8Array.of(1, 2));
    await writeAtomically(join(inner, 'pieces'), async (handle) => {
      await handle.writeFile('one ');
      await handle.writeFile('two');
    });
    expect(await readFile(join(inner, 'text'), 'utf8')).toBe('größe');
    expect([...(await readFile(join(inner, 'bytes')))]).toEqual([1, 2]);
    expect(await readFile(join(inner, 'pieces'), 'utf8')).toBe('one two');
    expect((await readdir(inner)).sort()).toEqual(['bytes', 'pieces', 'text']);
  });

  test('keeps the old content, and nothing else, when writing fails half way', async () => {
    const inner = await mkdtemp(join(folder, 'b-'));
    await writeFile(join(inner, 'f'), 'old');
    const failing = writeAtomically(join(inner, 'f'), async (handle) => {
      await handle.writeFile('half of the ne');
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await readFile(join(inner, 'f'), 'utf8')).toBe('old');
    expect(await readdir(inner)).toEqual(['f']);
  });

  test('lets several writers of one file each write a whole one', async () => {
    const inner = await mkdtemp(join(folder, 'c-'));
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(contents.map((content) => writeAtomically(join(inner, 'f'), content)));
    expect(contents).toContain(await readFile(join(inner, 'f'), 'utf8'));
    expect(await readdir(inner)).toEqual(['f']);
  });
});

describe('sha256File', () => {
  test('is the hash of the whole content', async () => {
    const bytes = Buffer.alloc(3_000_001, 'abc');
    await writeFile(join(folder, 'big'), bytes);
    expect(await sha256File(join(folder, 'big'))).toBe(createHash('sha256').update(bytes).digest('hex'));
    await writeFile(join(folder, 'empty'), '');
    expect(await sha256File(join(folder, 'empty'))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('rejects for a file that is not there', async () => {
    await expect(sha256File(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });
});
