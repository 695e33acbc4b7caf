import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';

/** What a checkpoint says beside its tensors. */
export interface CheckpointState {
  /** Steps done. */
  step: number;
  /** The best validation result so far and the step it belongs to. */
  best: { step: number; metric: number } | null;
}

/** What a killed save leaves behind: a folder that was being written, or one that was about to go. */
const LEFTOVER = /^(.+)\.[0-9a-f]{8}\.(tmp|old)$/;

/** Name of a file that was being written when the process was killed. */
const UNFINISHED_FILE = /^\..+\.[0-9a-f]{12}\.tmp$/;

export const checkpointFolder = (run: string, name: string): string => join(run, 'checkpoints', name);
export const stepName = (step: number): string => `step-${String(step).padStart(6, '0')}`;

/** The folders under checkpoints/; `leftover` where one is not a checkpoint of its own name. */
async function listFolders(run: string): Promise<{ folder: string; name: string; leftover?: string | undefined }[]> {
  const entries = await readdir(join(run, 'checkpoints')).catch(() => [] as string[]);
  return entries.sort().map((entry) => {
    const [, name = entry, leftover] = LEFTOVER.exec(entry) ?? [];
    return { folder: checkpointFolder(run, entry), name, leftover };
  });
}

/**
 * The folder of every checkpoint of a run, by name. A run that was killed while it replaced one still has that one under another name:
 * the newest of such folders is given.
 */
export async function findCheckpoints(run: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const displaced: { name: string; folder: string; step: number }[] = [];
  for (const { folder, name, leftover } of await listFolders(run)) {
    if (!leftover) found.set(name, folder);
    if (leftover === 'old') {
      const step = await readCheckpointState(folder).then(
        (state) => state.step,
        () => -1,
      );
      displaced.push({ name, folder, step });
    }
  }
  for (const { name, folder } of displaced.sort((a, b) => b.step - a.step)) {
    if (!found.has(name)) found.set(name, folder);
  }
  return found;
}

/** The folder of a run's checkpoint `best`, `latest` or a step's number. Throws, naming what there is, when it is missing. */
export async function findCheckpoint(run: string, name: string): Promise<string> {
  const wanted = /^\d+$/.test(name) ? stepName(Number(name)) : name;
  const found = await findCheckpoints(run);
  const got = found.size > 0 ? `only ${[...found.keys()].sort().join(', ')}` : 'no checkpoint';
  const folder = found.get(wanted);
  if (!folder) throw new ExpectationError(`checkpoint ${wanted} of ${run}`, 'to exist', got);
  return folder;
}

/** The folder of a run's best checkpoint; of its latest where nothing was validated. Throws when the run has neither. */
export async function findBestCheckpoint(run: string): Promise<string> {
  return (await findCheckpoints(run)).get('best') ?? findCheckpoint(run, 'latest');
}

/** Tidies up after a killed process, before the run goes on: puts back what was being replaced, and removes what was not finished. */
export async function clearLeftovers(run: string): Promise<void> {
  for (const [name, folder] of await findCheckpoints(run)) {
    if (folder !== checkpointFolder(run, name)) await rename(folder, checkpointFolder(run, name));
  }
  for (const { folder, leftover } of await listFolders(run)) {
    if (leftover) await rm(folder, { recursive: true, force: true });
  }
  for (const name of await readdir(run)) {
    if (UNFINISHED_FILE.test(name)) await rm(join(run, name), { force: true });
  }
}

/** The state.json of a checkpoint folder. Throws, naming the file, when it is missing or broken. */
export async function readCheckpointState(folder: string): Promise<CheckpointState> {
  const file = join(folder, 'state.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError(file, 'a readable file', error.code ?? error.message);
  });
  const state = parseJson(text) as Partial<CheckpointState> | undefined;
  if (!Number.isSafeInteger(state?.step)) {
    throw new ExpectationError(file, 'JSON with a whole number "step"', JSON.stringify(text.slice(0, 60)));
  }
  return { step: state!.step!, best: state!.best ?? null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
