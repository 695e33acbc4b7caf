import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExpectationError, expect } from '../errors.js';
import { sha256File } from '../files/sha256-file.js';
import { bundleFiles, bundleId, MANIFEST_FILE, type Manifest, parseManifest } from './manifest.js';

/** A trained model on disk, checked: what training hands over and the server loads. */
export interface Bundle {
  /** Absolute. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** Absolute path of the tokenizer.json. */
  readonly tokenizerFile: string;
  /** Absolute path of the ONNX file of a role; throws an ExpectationError where the bundle has no such graph. */
  graphFile(role: string): string;
}

/** Reads a bundle's manifest and checks its form, not its files. Throws an ExpectationError that names the manifest and the field. */
export async function readManifest(dir: string): Promise<Manifest> {
  const file = join(dir, MANIFEST_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError(`bundle ${dir}`, `a readable ${MANIFEST_FILE}`, error.code ?? error.message);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ExpectationError(file, 'JSON', (error as Error).message);
  }
  return parseManifest(file, value);
}

function hashFile(what: string, path: string): Promise<string> {
  return sha256File(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError(what, 'a readable file', error.code ?? error.message);
  });
}

/**
 * Opens a bundle directory: manifest, then every file's SHA-256, then the id. Throws an ExpectationError that names the manifest's
 * field, or the file that is missing or not the one that the manifest describes.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const root = resolve(dir);
  const manifest = await readManifest(root);
  const hashes = new Map<string, string>();
  for (const { file, sha256 } of bundleFiles(manifest)) {
    const what = `bundle ${manifest.name}: ${file}`;
    const got = hashes.get(file) ?? (await hashFile(what, join(root, file)));
    hashes.set(file, got);
    expect(got === sha256, what, `SHA-256 ${sha256}`, got);
  }
  const id = bundleId(manifest);
  expect(manifest.id === id, `bundle ${manifest.name}: id`, `${id}, from its files and settings`, manifest.id);
  return {
    dir: root,
    manifest,
    tokenizerFile: join(root, manifest.tokenizer.file),
    graphFile(role) {
      const roles = Object.keys(manifest.graphs);
      expect(roles.includes(role), `bundle ${manifest.name}`, `a graph ${role}`, `only ${roles.join(', ')}`);
      return join(root, manifest.graphs[role]!.file);
    },
  };
}
