import { Presets, SingleBar } from 'cli-progress';

/** What a long command shows while it runs: a bar on a terminal, a line now and then elsewhere; on standard error only. */
export interface Progress {
  /** `note` may be empty. */
  update(step: number, note: string): void;
  /** A line of its own, above the bar. */
  say(text: string): void;
  stop(): void;
}

const SECONDS_BETWEEN_LINES = 30;

export function showProgress(label: string, start: number, total: number): Progress {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  if (process.stderr.isTTY) {
    const format = `${label} {bar} {value}/{total}{note} | {eta_formatted} left`;
    const bar = new SingleBar(
      { format, stream: process.stderr, etaBuffer: 50, hideCursor: true },
      Presets.shades_classic,
    );
    bar.start(total, start, { note: '' });
    return {
      update: (step, note) => bar.update(step, { note: note && ` | ${note}` }),
      say: (text) => say(`\r\u001b[K${text}`),
      stop: () => bar.stop(),
    };
  }
  const began = performance.now();
  let last = -Infinity;
  return {
    update(step, note) {
      const now = performance.now();
      if (now - last < SECONDS_BETWEEN_LINES * 1000 && step < total) return;
      last = now;
      const left = step > start ? ((now - began) / (step - start)) * (total - step) : Number.NaN;
      say([`${label} ${step}/${total}`, note, left > 0 && `${duration(left)} left`].filter(Boolean).join(' | '));
    },
    say,
    stop: () => undefined,
  };
}

const duration = (ms: number): string => {
  const minutes = Math.round(ms / 60_000);
  return minutes < 1 ? 'under a minute' : minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
};
