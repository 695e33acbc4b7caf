import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { ExpectationError, expect } from '../../model/errors.js';
import { applyOverrides, type Override } from './recipe-overrides.js';
import { anchorPath, mapPaths } from './recipe-paths.js';

/**
 * Reads the document of a recipe file, all paths absolute. One that says `extends: other.yaml`, relative to its own folder, is that recipe with
 * its own keys set: mappings go together key by key, lists and all else take the place of what was there. Throws where a file is missing
 * or not YAML, or extends itself.
 */
export async function readRecipe(path: string, extending: readonly string[] = []): Promise<unknown> {
  const chain = [...extending, path];
  const spelt = chain.map((file) => basename(file)).join(' -> ');
  expect(!extending.includes(path), 'recipe extends', 'recipes that do not lead back to themselves', spelt);
  const source = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const from = extending.length > 0 ? `, which ${extending.at(-1)} extends` : '';
    throw new ExpectationError('recipe', 'a readable file', `${path} (${error.code})${from}`);
  });
  const document = mapPaths(parseYaml(source, path), (value) => anchorPath(value, dirname(path)));
  if (!isMapping(document) || !('extends' in document)) return document;
  const { extends: other, ...own } = document;
  const isPath = typeof other === 'string' && other !== '';
  expect(isPath, `extends of recipe ${path}`, 'the path of another recipe', JSON.stringify(other));
  const inherited = await readRecipe(resolve(dirname(path), other), chain);
  return applyOverrides(inherited, keysOf(own, inherited));
}

function parseYaml(source: string, path: string): unknown {
  try {
    return parse(source);
  } catch (error) {
    throw new ExpectationError(`recipe ${path}`, 'valid YAML', (error as Error).message.split('\n')[0]!);
  }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a document says, key by key. An empty mapping says nothing where the other recipe has something, and otherwise that its section is to be
 * there, every key at its default.
 */
function keysOf(value: unknown, other: unknown, path: string[] = []): Override[] {
  if (!isMapping(value)) return [{ path, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return (other ?? null) === null ? [{ path, value }] : [];
  return entries.flatMap(([key, inner]) => keysOf(inner, isMapping(other) ? other[key] : undefined, [...path, key]));
}
