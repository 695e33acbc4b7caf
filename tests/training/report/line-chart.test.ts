import { describe, expect, test } from 'vitest';
import { type Chart, lineChart, pathOf, scalesOf } from '../../../training/report/line-chart.js';

const chart = (changes: Partial<Chart> = {}): Chart => ({
  title: 'Loss',
  unit: 'loss',
  floor: 0,
  series: [
    {
      name: 'itc',
      points: [
        [0, 0],
        [50, 8],
        [100, 4],
      ],
    },
  ],
  ...changes,
});
const count = (text: string, part: string) => text.split(part).length - 1;

describe('a curve', () => {
  test('runs from the left to the right edge of the plot, its values between the lowest and the highest tick', () => {
    const scales = scalesOf(chart());
    expect(scales.yTicks).toEqual([0, 2, 4, 6, 8]);
    expect(scales.xTicks).toEqual([0, 20, 40, 60, 80, 100]);
    // The plot is 58..366 wide and 12 (top)..160 (bottom) high.
    expect(pathOf(chart().series[0]!.points, scales)).toBe('M58 160L212 12L366 86');
  });

  test('begins at step 0 even where the first line was logged later', () => {
    const scales = scalesOf(
      chart({
        series: [
          {
            name: 'a',
            points: [
              [50, 1],
              [100, 2],
            ],
          },
        ],
      }),
    );
    expect(scales.x(0)).toBe(58);
    expect(scales.x(50)).toBe(212);
  });

  test('ends before the right edge where the run goes on', () => {
    expect(scalesOf(chart({ until: 200 })).x(100)).toBe(212);
  });

  test('of many points is thinned', () => {
    const points = Array.from({ length: 5000 }, (_, i) => [i, i] as const);
    const path = pathOf(points, scalesOf(chart({ series: [{ name: 'a', points }] })));
    expect(count(path, 'L')).toBe(399);
  });
});

describe('a chart', () => {
  test('labels its axes, names its curves with their last values and gives every step a tooltip', () => {
    const { text } = lineChart(chart());
    expect(text).toContain('>step</text>');
    expect(text).toContain('>loss</text>');
    expect(text).toContain('itc <b>4</b>');
    expect(text).toContain('aria-label="Loss: itc ends at 4"');
    expect(text).toContain('<title>step 50\nitc 8</title>');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('escapes names', () => {
    const { text } = lineChart(chart({ title: '<b>', series: [{ name: 'a<b', points: [[1, 1]] }] }));
    expect(text).toContain('<h3>&lt;b&gt;</h3>');
    expect(text).toContain('a&lt;b');
  });

  test('draws raw values under the smoothed ones, and a mark', () => {
    const series = [
      {
        name: 'a',
        points: [
          [1, 1],
          [9, 2],
        ] as const,
        raw: [
          [1, 0],
          [9, 3],
        ] as const,
      },
    ];
    const { text } = lineChart(chart({ series, mark: { x: 9, label: 'best' } }));
    expect(text.indexOf('class="raw s0"')).toBeLessThan(text.indexOf('class="line s0"'));
    expect(text).toMatch(/class="mark-name"[^>]*text-anchor="end">best</);
  });

  test.each<[string, Chart['series']]>([
    ['one point', [{ name: 'a', points: [[3, 2]] }]],
    [
      'a constant',
      [
        {
          name: 'a',
          points: [
            [1, 2],
            [2, 2],
          ],
        },
      ],
    ],
    ['zeros', [{ name: 'a', points: [[0, 0]] }]],
  ])('of %s has no broken number', (_, series) => {
    const { text } = lineChart(chart({ series }));
    expect(text).not.toMatch(/NaN|Infinity/);
    expect(text).toContain('<svg');
  });

  test.each<[string, Chart['series']]>([
    ['no curves', []],
    ['empty curves', [{ name: 'a', points: [] }]],
  ])('of %s says that there is nothing', (_, series) => {
    const { text } = lineChart(chart({ series }));
    expect(text).toContain('Nothing was logged yet.');
    expect(text).not.toContain('<svg');
  });
});
