import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WholeFile } from '../../../../training/data/scenes/whole-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whole-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('WholeFile', () => {
  test('has its name only when it is complete, and nothing of an earlier attempt', async () => {
    const name = path.join(folder, 'list.jsonl');
    await writeFile(`${name}.part`, 'cut off');
    const file = await WholeFile.begin(name);
    const line = `${'é'.repeat(4999)}\n`;
    for (let i = 0; i < 40; i++) await file.add(line);
    expect(await readdir(folder)).toEqual(['list.jsonl.part']);
    await file.finish();
    expect(await readdir(folder)).toEqual(['list.jsonl']);
    expect(await readFile(name, 'utf8')).toBe(line.repeat(40));
  });

  test('says where it can not be written', async () => {
    await expect(WholeFile.begin(path.join(folder, 'missing', 'list.jsonl'))).rejects.toThrow('ENOENT');
  });
});
