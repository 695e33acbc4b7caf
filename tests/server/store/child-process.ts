import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  process: ChildProcess;
  /** Lines that it wrote to standard output so far. */
  lines: string[];
  /** Resolves when there are at least `count` lines or the child has ended. */
  reached(count: number): Promise<void>;
  /** Kills with SIGKILL, or waits for the end, and resolves when every line has come in. */
  ended(kill?: boolean): Promise<number | null>;
}

/** Runs a compiled script beside the test, as a process of its own. */
export function startChild(script: URL, args: string[]): Child {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout! });
  reader.on('line', (line) => lines.push(line));
  const closed = once(reader, 'close');
  return {
    process: child,
    lines,
    async reached(count) {
      while (lines.length < count && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(reader, 'line'), closed]);
      }
    },
    async ended(kill = false) {
      if (kill) child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await closed;
      return child.exitCode;
    },
  };
}
