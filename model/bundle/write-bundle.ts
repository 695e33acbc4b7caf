import { randomBytes } from 'node:crypto';
import { constants, copyFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ExpectationError, expect } from '../errors.js';
import { sha256File } from '../files/sha256-file.js';
import { syncFolder } from '../files/write-atomically.js';
import {
  BUNDLE_SCHEMA,
  type BundleFile,
  bundleId,
  isInside,
  MANIFEST_FILE,
  type Manifest,
  parseManifest,
} from './manifest.js';
import { modelCard } from './model-card.js';

/** A file's content, or the path of a file to copy. */
export type FileSource = Uint8Array | string;

/** What a bundle is made of; what the manifest says about the files is worked out from them. */
export interface BundleParts extends Pick<Manifest, 'family' | 'tasks' | 'image' | 'text' | 'rerank' | 'itc'> {
  config: object;
  metrics: object;
  provenance: Omit<Manifest['provenance'], 'recipe'> & { recipe: object };
  /** ONNX graphs by role; each becomes `<role>.onnx`. */
  graphs: Record<string, FileSource>;
  /** The tokenizer.json. */
  tokenizerFile: FileSource;
  /** Further files by their path in the bundle: a graph's external weights, a task's answers. */
  extraFiles?: Record<string, FileSource>;
}

async function addFile(dir: string, file: string, source: FileSource): Promise<BundleFile> {
  const what = `bundle file ${file}`;
  expect(isInside(file), what, 'a path inside the bundle', 'one that leads out of it');
  const path = join(dir, file);
  try {
    await mkdir(dirname(path), { recursive: true });
    if (typeof source === 'string') await copyFile(source, path, constants.COPYFILE_EXCL);
    else await writeFile(path, source, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const expected = typeof source === 'string' ? `to copy ${source} under a name of its own` : 'a name of its own';
    throw new ExpectationError(what, expected, code ?? message);
  }
  const handle = await open(path, 'r+');
  await handle.sync().finally(() => handle.close());
  return { file, sha256: await sha256File(path) };
}

/** Absolute paths tell about the machine where the model was made: what stays of them is the last part. */
function withoutMachinePaths<T>(value: T): T {
  if (typeof value === 'string') {
    const absolute = /^(?:\/|~\/|[A-Za-z]:[\\/]|\\\\|file:)/.test(value);
    return (absolute ? (value.split(/[\\/]/).filter(Boolean).at(-1) ?? '') : value) as T;
  }
  if (Array.isArray(value)) return value.map(withoutMachinePaths) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMachinePaths(item)])) as T;
}

async function fillBundle(dir: string, name: string, parts: BundleParts): Promise<Manifest> {
  const graphs: Manifest['graphs'] = {};
  for (const role of Object.keys(parts.graphs).sort()) {
    graphs[role] = await addFile(dir, `${role}.onnx`, parts.graphs[role]!);
  }
  const tokenizer = await addFile(dir, 'tokenizer.json', parts.tokenizerFile);
  const extras = Object.keys(parts.extraFiles ?? {}).sort();
  const extraFiles: BundleFile[] = [];
  for (const file of extras) extraFiles.push(await addFile(dir, file, parts.extraFiles![file]!));
  const { family, config, tasks, image, text, rerank, itc, metrics, provenance } = parts;
  const files = { graphs, tokenizer, ...(extras.length > 0 ? { extraFiles } : {}) };
  const id = bundleId({ ...files, image, text });
  const about = withoutMachinePaths({ metrics, provenance });
  const settings = { image, text, rerank, ...(itc ? { itc } : {}) };
  const manifest = { schema: BUNDLE_SCHEMA, name, id, family, config, tasks, ...files, ...settings, ...about };
  return parseManifest(`bundle ${name}`, manifest);
}

/**
 * Refuses to replace what is no bundle: a mistyped path must not cost anybody their files. Returns whether an older bundle is there. Throws,
 * naming the folder, when something else is.
 */
export async function checkTarget(dir: string): Promise<boolean> {
  const entries = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new ExpectationError(`bundle ${dir}`, 'a folder', error.code ?? error.message);
  });
  if (entries === null) return false;
  const replaceable = entries.length === 0 || entries.includes(MANIFEST_FILE);
  expect(replaceable, `bundle ${dir}`, 'a new folder or an older bundle', 'a folder with other files');
  return true;
}

/**
 * Writes a bundle directory; its last part is the bundle's name. Everything is put together beside it and takes its place at once, so an
 * interrupted export leaves no half bundle; an older bundle there is replaced. Absolute paths in metrics and provenance are cut to
 * their last part. Throws an ExpectationError that names the part that does not fit the format.
 */
export async function writeBundle(dir: string, parts: BundleParts): Promise<Manifest> {
  const target = resolve(dir);
  const name = basename(target);
  const exists = await checkTarget(target);
  await mkdir(dirname(target), { recursive: true });
  const suffix = randomBytes(6).toString('hex');
  const [fresh, old] = ['new', 'old'].map((age) => join(dirname(target), `.${name}.${suffix}.${age}`)) as [
    string,
    string,
  ];
  try {
    await mkdir(fresh);
    const manifest = await fillBundle(fresh, name, parts);
    await addFile(fresh, 'README.md', Buffer.from(modelCard(manifest)));
    await addFile(fresh, MANIFEST_FILE, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    await syncFolder(fresh);
    if (exists) await rename(target, old);
    await rename(fresh, target).catch(async (error) => {
      if (exists) await rename(old, target);
      throw error;
    });
    await syncFolder(dirname(target));
    return manifest;
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}
