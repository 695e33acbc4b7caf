// The graph on disk: a cache beside the durable store, so that a start needn't build it again. hnswlib neither checks what it reads
// nor tells that a write failed; so a file is written aside, walked through to its end, hashed and renamed, and it is read only after
// a sidecar with that hash, made for this very collection, has vouched for it. Any doubt, and the graph is built from the store.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExpectationError, expect } from '../../model/errors.js';
import { syncFolder } from '../../model/files/write-atomically.js';
import { HnswGraph, type HnswSettings, type NodeLabels } from './hnsw-graph.js';

const FORMAT = 'maskvlm-graph/2';
/** Fixed part of an hnswlib 0.8 file, and where in it the number of nodes and the bytes per node stand. */
const HEADER_BYTES = 96;
const COUNT_AT = 16;
const NODE_BYTES_AT = 24;

/** What a graph must have been made from and with to be used again. */
export interface SnapshotIdentity extends HnswSettings {
  /** Collection, side and model. */
  source: string;
  dimension: number;
}

interface Sidecar extends SnapshotIdentity {
  format: typeof FORMAT;
  /** Of the graph's file and, after it, of this sidecar without its hash: a wrong label or number would be believed otherwise. */
  sha256: string;
  bytes: number;
  /** Number of the last change that the graph knows. */
  sequence: number;
  nodeLabels: NodeLabels;
}

async function sha256(file: string, sidecar: Omit<Sidecar, 'sha256'>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.update(JSON.stringify(sidecar)).digest('hex');
}

async function syncTo(file: string, target: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
  await rename(file, target);
}

/** Walks from the header over the nodes and the link lists: a disk that filled up leaves a file that ends too soon. */
async function expectWhole(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    await handle.read(header, 0, HEADER_BYTES, 0);
    const count = Number(header.readBigUInt64LE(COUNT_AT));
    const linksAt = HEADER_BYTES + count * Number(header.readBigUInt64LE(NODE_BYTES_AT));
    const links = Buffer.alloc(Math.max(0, size - linksAt));
    await handle.read(links, 0, links.length, linksAt);
    let at = 0;
    for (let node = 0; node < count && at + 4 <= links.length; node++) at += 4 + links.readUInt32LE(at);
    expect(count > 0 && at === links.length && at >= 4 * count, `index file ${file}`, 'a whole file', `${size} bytes`);
  } finally {
    await handle.close();
  }
}

/** Writes `<path>.hnsw` and `<path>.json`; throws, and leaves nothing half-written, where the disk doesn't take them. */
export async function saveSnapshot(path: string, identity: SnapshotIdentity, graph: HnswGraph, sequence: number) {
  const aside = `${path}.hnsw.tmp`;
  const sidecarAside = `${path}.json.tmp`;
  try {
    const nodeLabels = await graph.save(aside);
    await expectWhole(aside);
    const { size: bytes } = await stat(aside);
    const about: Omit<Sidecar, 'sha256'> = { format: FORMAT, ...identity, bytes, sequence, nodeLabels };
    const sidecar: Sidecar = { ...about, sha256: await sha256(aside, about) };
    const handle = await open(sidecarAside, 'w');
    await handle.writeFile(JSON.stringify(sidecar)).finally(() => handle.close());
    await syncTo(aside, `${path}.hnsw`);
    await syncTo(sidecarAside, `${path}.json`);
    await syncFolder(dirname(path));
  } finally {
    await Promise.all([rm(aside, { force: true }), rm(sidecarAside, { force: true })]);
  }
}

/** Removes what `saveSnapshot` wrote, or whatever else lies in its place. */
export async function removeSnapshot(path: string): Promise<void> {
  const ends = ['.hnsw', '.json', '.hnsw.tmp', '.json.tmp'];
  await Promise.all(ends.map((end) => rm(path + end, { recursive: true, force: true })));
}

async function readSidecar(file: string): Promise<Sidecar> {
  const text = await readFile(file, 'utf8');
  try {
    const sidecar: unknown = JSON.parse(text);
    if (typeof sidecar === 'object' && sidecar !== null) return sidecar as Sidecar;
  } catch {}
  throw new ExpectationError(`index file ${file}`, 'a JSON object', `${text.length} characters of something else`);
}

async function checkedSidecar(path: string, identity: SnapshotIdentity, storeSequence: number): Promise<Sidecar> {
  const sidecar = await readSidecar(`${path}.json`);
  const what = `index file ${path}.hnsw`;
  expect(sidecar.format === FORMAT, what, FORMAT, sidecar.format);
  for (const key of ['source', 'dimension', 'M', 'efConstruction'] as const) {
    expect(sidecar[key] === identity[key], `${what}, ${key}`, String(identity[key]), sidecar[key]);
  }
  expect(sidecar.sequence <= storeSequence, what, `change ${storeSequence} or before`, sidecar.sequence);
  const { size } = await stat(`${path}.hnsw`);
  expect(size === sidecar.bytes, what, `${sidecar.bytes} bytes`, size);
  const { sha256: wanted, ...about } = sidecar;
  const hash = await sha256(`${path}.hnsw`, about);
  expect(hash === wanted, `${what} with its sidecar`, `sha256 ${wanted}`, hash);
  return sidecar;
}

/**
 * The saved graph with every label that `writtenAt` (the number of the change that wrote its vector, undefined if it is gone) says it
 * still stands for; undefined where there is none. Throws an ExpectationError with the reason for not trusting the file.
 */
export async function loadSnapshot(
  path: string,
  identity: SnapshotIdentity,
  storeSequence: number,
  writtenAt: (label: number) => number | undefined,
): Promise<HnswGraph | undefined> {
  let sidecar: Sidecar;
  try {
    sidecar = await checkedSidecar(path, identity, storeSequence);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const graph = HnswGraph.read(`${path}.hnsw`, identity.dimension, sidecar.nodeLabels);
  expect(graph, `index file ${path}.hnsw`, `${sidecar.nodeLabels.length} nodes`, 'another number');
  const stale = [...graph.labels()].filter((label) => (writtenAt(label) ?? Infinity) > sidecar.sequence);
  for (const label of stale) graph.remove(label);
  return graph;
}
