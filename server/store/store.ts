// The durable store: one LMDB environment. It is the truth; vector indexes and caches are rebuilt from it.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asBinary, type Database, open, type RootDatabase } from 'lmdb';
import { ExpectationError } from '../../model/errors.js';
import { asNoSpace } from '../../model/files/no-space-error.js';
import { syncFolder } from '../../model/files/write-atomically.js';
import { checkLmdbFile } from './check-lmdb-file.js';
import { copyEnvironment, usedBytes } from './copy-environment.js';
import { tablePages } from './table-pages.js';
import { type BackupFile, writeBackup } from './write-backup.js';

/** Raised whenever the meaning of a key or a value changes; older stores are then converted, newer ones refused. */
const SCHEMA_VERSION = 1;

/** A key: a collection's number, followed by a label, an item id or a part. */
export type Key = (number | string)[];

export interface Tables {
  /** Collections by name, and the numbers of deleted ones whose rows still have to go. */
  catalog: Database<unknown, Key>;
  /** Counters of a collection by number. */
  counters: Database<unknown, Key>;
  /** [collection, item id] -> label. */
  labels: Database<unknown, Key>;
  /** [collection, label] -> what an item is, without its big parts. */
  items: Database<unknown, Key>;
  /** [collection, label] -> the picture as it came. */
  pictures: Database<Uint8Array, Key>;
  /** [collection, target, label] -> sequence number and embedding. */
  embeddings: Database<Uint8Array, Key>;
  /** [collection, target, label] -> token features, float16. */
  tokens: Database<Uint8Array, Key>;
  /** [collection, target, label] -> what the matcher needs of a picture whatever the text is, float16: a cache, to be left out at will. */
  prepared: Database<Uint8Array, Key>;
}

/** One write of a transaction; `value` undefined removes the key. */
export interface Write {
  table: keyof Tables;
  key: Key;
  value: unknown;
}

export interface Store {
  readonly dir: string;
  tables: Tables;
  /** Writes all or nothing; resolves once it is on the disk. Throws a NoSpaceError where the disk is full. */
  commit(writes: Write[]): Promise<void>;
  /** Bytes on the disk of the table `prepared`. */
  preparedBytes(): number;
  /** A backup of the whole store in a new or empty folder, consistent while this one goes on. See `writeBackup` for what it throws. */
  backup(dir: string, signal?: AbortSignal): Promise<BackupFile[]>;
  close(): Promise<void>;
}

const BINARY = ['pictures', 'embeddings', 'tokens', 'prepared'] as const;
const JSON_TABLES = ['catalog', 'counters', 'labels', 'items'] as const;
export const TABLE_NAMES: readonly (keyof Tables)[] = [...JSON_TABLES, ...BINARY];

function openEnvironment(dir: string): RootDatabase<unknown, string> {
  try {
    // Without overlapping sync a commit is done when it is on the disk, and a failed flush fails the commit.
    // Batching by event turn keeps a promise of its own that nobody can catch: a full disk would end the process.
    return open({
      path: dir,
      encoding: 'json',
      overlappingSync: false,
      eventTurnBatching: false,
      maxDbs: 16,
      noSubdir: false,
    });
  } catch (error) {
    throw new ExpectationError(`store ${dir}`, 'a readable LMDB environment', (error as Error).message);
  }
}

async function checkSchema(root: RootDatabase<unknown, string>, dir: string): Promise<void> {
  const schema = root.get('schema');
  if (schema === undefined) await root.put('schema', { version: SCHEMA_VERSION });
  else checkVersion(schema, dir);
}

/** Throws an ExpectationError unless this release reads what stands in a store under `schema`. */
export function checkVersion(schema: unknown, dir: string): void {
  const version = (schema as { version: number } | undefined)?.version ?? 0;
  if (version === SCHEMA_VERSION) return;
  const newer = version > SCHEMA_VERSION ? ', written by a newer release' : '';
  throw new ExpectationError(`store ${dir}`, `schema version ${SCHEMA_VERSION}`, `${version}${newer}`);
}

function openTables(root: RootDatabase<unknown, string>): Tables {
  const named = (encoding: 'json' | 'binary') => (name: string) => [name, root.openDB({ name, encoding })];
  return Object.fromEntries([...JSON_TABLES.map(named('json')), ...BINARY.map(named('binary'))]) as Tables;
}

/** The value as bytes. Done before the transaction: what throws inside one leaves it half-written. */
function encoded(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  return Buffer.from(JSON.stringify(value));
}

/** Room that a new store takes. */
const MADE_BYTES = 1 << 17;

/** lmdb reports every failed commit with the same words and keeps the cause aside. */
async function causeOf(error: unknown): Promise<unknown> {
  const cause = (error as { commitError?: Promise<unknown> }).commitError;
  const itself = () => error;
  return cause ? cause.then(itself, (reason: unknown) => reason) : error;
}

class LmdbStore implements Store {
  constructor(
    readonly dir: string,
    readonly root: RootDatabase<unknown, string>,
    readonly tables: Tables,
  ) {}

  async commit(writes: Write[]): Promise<void> {
    const rows = writes.map(({ table, key, value }) => ({ table: this.tables[table], key, bytes: encoded(value) }));
    const committed = this.root.batch(() => {
      for (const { table, key, bytes } of rows) {
        const done = bytes ? table.put(key, asBinary(bytes) as Uint8Array) : table.remove(key);
        // A failed commit rejects the promise of the batch, which is awaited, and some of these too.
        done.catch(() => {});
      }
    });
    try {
      await committed;
    } catch (error) {
      const needed = rows.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), 0);
      throw await asNoSpace(await causeOf(error), 'store', this.dir, needed);
    }
  }

  preparedBytes(): number {
    const { pages, pageSize } = tablePages(this.tables.prepared);
    return pages * pageSize;
  }

  backup(dir: string, signal?: AbortSignal): Promise<BackupFile[]> {
    const used = usedBytes(Object.values(this.tables));
    return writeBackup(dir, used, (to) => copyEnvironment(this.root, to), signal);
  }

  close(): Promise<void> {
    return this.root.close();
  }
}

/**
 * Opens the store in `dir`, made if missing. The caller holds the lock of the data directory.
 * Throws an ExpectationError if it can't be read or was written by a newer release, a NoSpaceError if it can't be made.
 */
export async function openStore(dir: string): Promise<Store> {
  let root: RootDatabase<unknown, string> | undefined;
  try {
    await mkdir(dir, { recursive: true });
    await checkLmdbFile(join(dir, 'data.mdb'));
    root = openEnvironment(dir);
    await checkSchema(root, dir);
    const tables = openTables(root);
    await Promise.all([syncFolder(dir), syncFolder(dirname(dir))]);
    return new LmdbStore(dir, root, tables);
  } catch (error) {
    await root?.close();
    throw await asNoSpace(await causeOf(error), 'store', dirname(dir), MADE_BYTES);
  }
}
