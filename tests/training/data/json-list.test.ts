import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJsonList } from '../../../training/data/json-list.js';
import { dataFolder } from '../../fixtures/data-folder.js';

async function read(content: string): Promise<unknown[]> {
  const file = join(await dataFolder({ 'list.json': content }), 'list.json');
  const items: unknown[] = [];
  for await (const item of readJsonList(file)) items.push(item);
  return items;
}

describe('a list is read as JSON.parse does it', () => {
  test.each([
    '[]',
    ' [ ]\n',
    '[1]',
    '\uFEFF[1, "a", null]',
    '[{"a": [1, {"b": "]},["}]}, [[], []], "x,\\"[{", {}]',
    '\n[\n  {"é": "日本"},\n  {"b": "\\\\"}\n]\n',
  ])('%s', async (content) => {
    expect(await read(content)).toEqual(JSON.parse(content.replace(/^\uFEFF/, '')));
  });

  test('across the pieces in which a file comes', async () => {
    const list = Array.from({ length: 9 }, (_, i) => ({ i, text: `${'é,"]\\'.repeat(60_000)}${i}` }));
    expect(await read(JSON.stringify(list, null, 1))).toEqual(list);
  });
});

describe('what is none is refused with its place', () => {
  test.each([
    ['a mapping', '{"images": []}', 'expected a JSON list, got "{" in line 1, where it begins'],
    ['a text', '\n"a"', 'expected a JSON list, got """ in line 2, where it begins'],
    ['nothing', '', 'expected a JSON list, got the end of the file in line 1'],
    ['a list cut off', '[{"a": 1},\n{"a"', 'expected a JSON list, got the end of the file in line 2'],
    ['two lists', '[1]\n[2]', 'expected nothing behind the list, got "[" in line 2'],
    ['a broken item', '[{"a": 1},\n {"a": 1},\n {"a" 1}]', 'expected JSON, got "1}" at line 3, column 7'],
    ['a broken item among others in a line', '[1, 22, {"a": }]', 'expected JSON, got "}" at line 1, column 15'],
    ['a comma too many', '[1,\n2,]', 'expected JSON, got nothing more at line 2, column 3'],
    ['a comma alone', '[,1]', 'expected JSON, got nothing more at line 1, column 2'],
    ['other brackets', '[{"a": 1]]', 'expected JSON, got "]" at line 1, column 9'],
  ])('%s', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });

  test('a file that is not there', async () => {
    await expect(readJsonList('/none.json').next()).rejects.toThrow(
      'expected a readable file, got /none.json (ENOENT)',
    );
  });
});
