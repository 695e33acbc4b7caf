// The import rule: model stands alone, training and server stand on model, only the command line knows all three.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MAY_IMPORT: Record<string, string[]> = {
  model: ['model'],
  training: ['training', 'model'],
  server: ['server', 'model'],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

describe.each(Object.entries(MAY_IMPORT))('%s imports only %j', (part, allowed) => {
  test.each(sources(part))('%s', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const imported = [...text.matchAll(/(?:from|import\(|new URL\()\s*'(\.[^']+)'/g)].map((match) => match[1]!);
    const parts = imported.map((path) => relative(root, resolve(join(root, dirname(file)), path)).split(sep)[0]!);
    // A new URL may lead to a file of the package itself, such as package.json.
    const foreign = parts.filter(
      (name) => ['model', 'training', 'server', 'tests', 'cli.js'].includes(name) && !allowed.includes(name),
    );
    expect(foreign).toEqual([]);
  });
});
