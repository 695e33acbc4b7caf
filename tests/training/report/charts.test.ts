import { expect, test } from 'vitest';
import { metricsCharts } from '../../../training/report/charts.js';
import type { MetricsLine } from '../../../training/run/metrics-log.js';

const line = (step: number, lr: Record<string, number>): MetricsLine => ({
  step,
  epoch: 0,
  losses: { itc: 1 / step, mim: 0.5 },
  lr,
  gradNorm: 2,
  samplesPerSecond: 30,
  msPerStep: 100,
  waitShare: 0.0123,
});

test('every loss and every validation value has a curve, the best step a mark', () => {
  const lines = [
    line(10, { a: 1 }),
    { step: 10, epoch: 0, validation: { meanRecall: 40, own: 7 } },
    line(20, { a: 2 }),
  ];
  const { text } = metricsCharts(lines, 10);
  expect(text).toContain('Loss: contrastive (ITC)');
  expect(text).toContain('Loss: masked image (MIM)');
  expect(text).not.toContain('MLM');
  expect(text).toContain('mean recall <b>40</b>');
  expect(text).toContain('own <b>7</b>');
  expect(text).toContain('best: step 10');
  expect(text).toContain('share of the step <b>1.23</b>');
});

test.each([
  ['one curve for all where all are alike', { a: 1, b: 1 }, ['all groups']],
  ['a curve for those that are alike', { a: 1, b: 2, c: 1 }, ['a, c', '</i>b ']],
])('learning rates share %s', (_, lr, names) => {
  const { text } = metricsCharts([line(1, lr)], null);
  for (const name of names) expect(text).toContain(name);
});

test('numbers that are not there are left out', () => {
  const broken = { step: 2, epoch: 0, losses: { itc: null }, gradNorm: undefined } as unknown as MetricsLine;
  expect(metricsCharts([line(1, {}), broken], null).text).not.toMatch(/NaN|null/);
});

test('a run without metrics has charts that say so', () => {
  const { text } = metricsCharts([], null);
  expect(text).toContain('Nothing was logged yet.');
  expect(text).not.toContain('<svg');
});
