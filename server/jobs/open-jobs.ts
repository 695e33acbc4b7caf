import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Jobs } from './jobs.js';

/** Opens the jobs in a data directory, whose lock the caller holds. */
export function openJobs({ dataDir, backupDir, limits }: Config, log: Logger): Promise<Jobs> {
  return Jobs.open({
    dir: join(dataDir, 'jobs'),
    // Told to clients, who do not know where the server was started.
    backupDir: resolve(backupDir),
    mostRunning: limits.jobsRunning,
    mostWaiting: limits.jobsWaiting,
    mostKept: limits.jobsKept,
    keptHours: limits.jobHours,
    log,
  });
}
