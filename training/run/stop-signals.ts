/** The wish, by SIGINT or SIGTERM, that a run ends after the step in hand. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** Exit status of the process: 130 after SIGINT, 143 after SIGTERM, else 0. */
  exitStatus(): number;
  /** Gives the signals back their usual meaning. */
  release(): void;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 };

/** Notes the first SIGINT or SIGTERM, so that the step in hand can end and be saved; a second one ends the process at once. */
export function watchStopSignals(): StopSignals {
  const stop = new AbortController();
  let received = 0;
  const listeners = Object.entries(STATUS).map(([name, status]) => {
    const listener = () => {
      if (stop.signal.aborted) process.exit(status);
      received = status;
      stop.abort();
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    signal: stop.signal,
    exitStatus: () => received,
    release: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
