import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ExpectationError } from '../../model/errors.js';
import { PACKAGE_ROOT } from '../package-root.js';

/** A server in a process of its own, on a fresh data directory and a free port. */
export interface SpawnedServer {
  address: string;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it listens. Throws what it said last when it ends before. */
export async function spawnServer(env: Record<string, string> = {}): Promise<SpawnedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'maskvlm-bench-'));
  const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist', 'cli.js'), 'serve'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'error', API_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await ended;
    await rm(dataDir, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^listening on (\S+)$/.exec(line)?.[1];
    if (address) return { address, stop };
  }
  await stop();
  throw new ExpectationError('server', 'to listen', 'an end');
}
