import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openEventLog } from '../../../../training/run/tensorboard/event-log.js';
import { eventFiles, readEventFiles, readRecords, shownEvents } from '../../../fixtures/read-events.js';
import { temporaryFolder } from '../../../fixtures/tiny-training.js';

let run = '';
beforeEach(async () => {
  run = await temporaryFolder();
});
const logSteps = async (firstStep: number, steps: number[]) => {
  const log = openEventLog(run, firstStep);
  for (const step of steps) await log(step, { 'losses/itc': step / 4, gradNorm: 1 });
};

test('a file says its version, its first step and then the scalars', async () => {
  const before = Date.now() / 1000;
  await logSteps(1, [2, 4]);
  const [events, ...others] = await readEventFiles(run);
  expect(others).toEqual([]);
  expect(events!.map(({ wallTime: _, ...event }) => event)).toEqual([
    { step: 0, version: 'brain.Event:2' },
    { step: 1, start: true },
    { step: 2, scalars: { 'losses/itc': 0.5, gradNorm: 1 } },
    { step: 4, scalars: { 'losses/itc': 1, gradNorm: 1 } },
  ]);
  for (const { wallTime } of events!) expect(wallTime >= before && wallTime <= Date.now() / 1000).toBe(true);
});

test('its name is one that TensorBoard looks for, and tells the time', async () => {
  await logSteps(1, [1]);
  const [name] = await readdir(run);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}$/);
});

test('nothing to say leaves no file', async () => {
  openEventLog(run, 1);
  expect(await readdir(run)).toEqual([]);
});

test('a run that goes on begins a file that comes last, and shows no step twice', async () => {
  await logSteps(1, [1, 2, 3, 4, 5]);
  await logSteps(4, [4, 5, 6]);
  // A machine whose clock was ahead before.
  await writeFile(join(run, 'events.out.tfevents.9000000000'), '');
  await logSteps(6, [6, 7]);
  expect((await eventFiles(run)).map((file) => file.endsWith('.9000000001'))).toEqual([false, false, false, true]);
  expect((await shownEvents(run)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test.each([1, 11, 20])('a file that a crash left %i bytes short stays as it is', async (bytes) => {
  await logSteps(1, [1, 2, 3]);
  const [file] = await eventFiles(run);
  await truncate(file!, (await readFile(file!)).length - bytes);
  const cut = await readFile(file!);
  expect(readRecords(cut).leftOver).toBeGreaterThan(0);
  await logSteps(3, [3, 4]);
  expect(await readFile(file!)).toEqual(cut);
  expect((await shownEvents(run)).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
});

test('a folder that is not there is an error', async () => {
  run = join(run, 'nowhere');
  await expect(logSteps(1, [1])).rejects.toThrow('ENOENT');
});
