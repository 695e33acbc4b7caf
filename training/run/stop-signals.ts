/** The wish, by SIGINT or SIGTERM, that a run ends after the step in hand. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** Exit status of the process: 130 after SIGINT, 143 after SIGTERM, else 0. */
  exitStatus(): number;
  /** Gives the signals back their usual meaning. */
  release(): void;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;
type Stopping = keyof typeof STATUS;

/** Notes the first SIGINT or SIGTERM, so that the step in hand can end and be saved; a second one ends the process at once. */
export function watchStopSignals(): StopSignals {
  const stop = new AbortController();
  let status = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (status !== 0) process.exit(STATUS[name as Stopping]);
    status = STATUS[name as Stopping];
    stop.abort();
  };
  for (const name of Object.keys(STATUS)) process.on(name, onSignal);
  return {
    signal: stop.signal,
    exitStatus: () => status,
    release: () => {
      for (const name of Object.keys(STATUS)) process.off(name, onSignal);
    },
  };
}
