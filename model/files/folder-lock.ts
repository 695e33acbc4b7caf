// One process per folder. Node has no flock, so the lock is a row of numbered files of which the highest counts:
// `lock.7` is followed by `lock.8`, which only one process can create, and a number that was given up is never used again while
// a higher one lies there. So two processes that find the same stale lock can't both take it over.
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExpectationError } from '../errors.js';
import type { Heartbeat } from './heartbeat-worker.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

const HEARTBEAT_MS = 5_000;
/** A holder that can't be asked, nameless or in another container or machine, is given up after this much silence. */
const SILENT_MS = 30_000;
/** How long to wait for the name of a holder that has made its file and not yet written into it. */
const UNFINISHED_MS = 2_000;

export interface FolderLock {
  /** Gives the folder back. */
  release(): Promise<void>;
}

interface LockFile {
  generation: number;
  holder: ProcessIdentity | 'free' | 'unfinished';
  silentMs: number;
}

function parseHolder(text: string): LockFile['holder'] {
  if (text.trim() === 'free') return 'free';
  try {
    const { pid, started, realm } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (Number.isSafeInteger(pid) && typeof started === 'string' && typeof realm === 'string') {
      return { pid: pid as number, started, realm };
    }
  } catch {
    // Cut short: the same as not yet written.
  }
  return 'unfinished';
}

async function generations(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names.flatMap((name) => (/^lock\.\d{1,15}$/.test(name) ? [Number(name.slice(5))] : [])).sort((a, b) => b - a);
}

async function highest(dir: string): Promise<LockFile | undefined> {
  const [generation] = await generations(dir);
  if (generation === undefined) return undefined;
  const file = join(dir, `lock.${generation}`);
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { generation, holder: parseHolder(text), silentMs: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return highest(dir);
    throw error;
  }
}

function isHeld({ holder, silentMs }: LockFile, self: ProcessIdentity): boolean {
  if (holder === 'free') return false;
  if (holder === 'unfinished' || holder.realm !== self.realm) return silentMs < SILENT_MS;
  return isRunning(holder);
}

function nameOf(holder: LockFile['holder'], self: ProcessIdentity): string {
  if (typeof holder !== 'object') return 'a process that had no room for its name';
  const [machine] = holder.realm.split(' ');
  return `process ${holder.pid}${holder.realm === self.realm ? '' : ` of another container or machine (${machine})`}`;
}

/** Creates `lock.<generation>`; false where another process was faster. */
async function claim(dir: string, generation: number, self: ProcessIdentity): Promise<boolean> {
  const file = join(dir, `lock.${generation}`);
  try {
    await writeFile(file, JSON.stringify(self), { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // A full disk has room for the file but not for the name in it; to start is the way to make room.
    if (code !== 'ENOSPC' || !(await generations(dir)).includes(generation)) throw error;
  }
  const all = await generations(dir);
  // The number seen as the highest may have been overtaken, given up and swept away since.
  if (all[0] !== generation) {
    await rm(file, { force: true });
    return false;
  }
  await Promise.all(all.slice(1).map((old) => rm(join(dir, `lock.${old}`), { force: true })));
  return true;
}

function hold(dir: string, generation: number): FolderLock {
  const file = join(dir, `lock.${generation}`);
  const beat: Heartbeat = { file, everyMs: HEARTBEAT_MS };
  const heart = new Worker(new URL('./heartbeat-worker.js', import.meta.url), { workerData: beat });
  // Others in this realm ask for the process itself: the lock holds without a heart, too.
  heart.on('error', () => {}).unref();
  return {
    async release() {
      await heart.terminate();
      // Kept, and marked free: numbers must only grow. A full disk may not take the mark, but it takes a time long ago.
      await writeFile(file, 'free').catch(() => utimes(file, 0, 0).catch(() => {}));
    },
  };
}

/**
 * Takes a folder (made if missing) for this process until `release`; a lock left behind by a killed process is taken over.
 * Throws an ExpectationError about `what` that names the process that holds it.
 */
export async function lockFolder(dir: string, what: string): Promise<FolderLock> {
  await mkdir(dir, { recursive: true });
  const self = ownIdentity();
  const patientUntil = Date.now() + UNFINISHED_MS;
  for (;;) {
    const top = await highest(dir);
    if (top && isHeld(top, self)) {
      if (top.holder !== 'unfinished' || Date.now() > patientUntil)
        throw new ExpectationError(what, 'to be free', `${dir} locked by ${nameOf(top.holder, self)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    const generation = top ? top.generation + 1 : 1;
    if (await claim(dir, generation, self)) return hold(dir, generation);
  }
}
