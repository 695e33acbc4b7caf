// Who holds a lock file. A process id alone is not enough: ids are reused, and containers that share a folder count them apart.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** Start of the process in clock ticks since boot, '' where the system doesn't tell. */
  started: string;
  /** The pid namespace of one boot of one machine: only inside it do process ids mean anything. */
  realm: string;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat; the command name in field 2 may itself hold spaces and brackets. */
function startTime(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const boot = read('/proc/sys/kernel/random/boot_id').trim();
  return {
    pid: process.pid,
    started: startTime(process.pid),
    realm: [hostname(), boot, pidNamespace()].join(' '),
  };
}

/** Whether a process of this realm still runs; a process that merely got the same id later doesn't count. */
export function isRunning(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const started = startTime(identity.pid);
  return started === '' || identity.started === '' || started === identity.started;
}
