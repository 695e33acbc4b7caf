import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** Mounts a disk of so many KiB at `dir` until the test ends; false where the machine doesn't let it. */
export function mountSmallDisk(dir: string, kib: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', dir]);
  });
  return true;
}
