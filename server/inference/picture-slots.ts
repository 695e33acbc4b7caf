/** Threads of libuv's pool unless UV_THREADPOOL_SIZE says otherwise, and the most that it may say. */
const DEFAULT_THREADS = 4;
const MOST_THREADS = 1024;

/** As libuv reads the variable, when its pool starts: that is while Node loads the first module, so nothing here could change it. */
function poolThreads(setting: string | undefined): number {
  if (setting === undefined) return DEFAULT_THREADS;
  return Math.min(MOST_THREADS, Math.max(1, Number.parseInt(setting, 10) || 0));
}

/**
 * How many pictures may be decoded at the same time. A decoder holds a thread of libuv's pool, for many seconds where a picture is made to be
 * slow; the store commits and files are read in the same pool, so one thread of it is left to them.
 */
export function pictureSlots(cores: number, setting = process.env.UV_THREADPOOL_SIZE): number {
  return Math.max(1, Math.min(cores, poolThreads(setting) - 1));
}
