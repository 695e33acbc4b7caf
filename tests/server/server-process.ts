// A real server process, as `maskvlm serve` starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { tinyBundle } from '../fixtures/tiny-bundle.js';

const CLI = fileURLToPath(new URL('../../cli.js', import.meta.url));

export interface ServerProcess {
  address: string;
  child: ChildProcess;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a process on a free port; rejects with its error output if it ends before it listens. */
export async function startProcess(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const settings = {
    PORT: '0',
    DATA_DIR: dataDir,
    BUNDLES: await tinyBundle(),
    LOG_LEVEL: 'warn',
    INTRA_OP_THREADS: '1',
  };
  const child = spawn(process.execPath, [CLI, 'serve'], {
    env: { ...process.env, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const address = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const [, found] = /^listening on (\S+)$/m.exec(out) ?? [];
      if (found) resolve(found);
    });
    void ended.then(([code]) => reject(new Error(`exit ${code}: ${errors}`)));
  });
  return {
    address,
    child,
    async stop(signal) {
      child.kill(signal);
      const [code, by] = await ended;
      return { code, signal: by };
    },
  };
}
