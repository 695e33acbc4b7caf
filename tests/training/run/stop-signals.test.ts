import { afterEach, expect, test, vi } from 'vitest';
import { type StopSignals, watchStopSignals } from '../../../training/run/stop-signals.js';

let stop: StopSignals | undefined;
afterEach(() => {
  stop?.release();
  vi.restoreAllMocks();
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s asks to stop, and a second one ends the process with %i', (name, status) => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  stop = watchStopSignals();
  expect([stop.signal.aborted, stop.exitStatus()]).toEqual([false, 0]);
  process.emit(name, name);
  expect([stop.signal.aborted, stop.exitStatus()]).toEqual([true, status]);
  expect(exit).not.toHaveBeenCalled();
  process.emit(name, name);
  expect(exit).toHaveBeenCalledWith(status);
});

test('released signals mean what they meant before', () => {
  const before = process.listenerCount('SIGTERM');
  watchStopSignals().release();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
