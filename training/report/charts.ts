import type { MetricsLine } from '../run/metrics-log.js';
import { type Html, html } from './html.js';
import { type Chart, lineChart, type Series } from './line-chart.js';
import { type Point, smooth } from './points.js';

/** Names of the training losses and validation values as a reader knows them; others show as they are. */
const NAMES: Record<string, string> = {
  itc: 'contrastive (ITC)',
  itm: 'matching (ITM)',
  mlm: 'masked language (MLM)',
  mim: 'masked image (MIM)',
  meanRecall: 'mean recall',
  textToImageR1: 'text to image, R@1',
  imageToTextR1: 'image to text, R@1',
  itcMeanRecall: 'mean recall, ITC alone',
  textOnlyAccuracy: 'accuracy, text alone',
};
const nameOf = (key: string): string => NAMES[key] ?? key;

/** The curve of one number of the metrics, where it is there and finite. */
function curveOf(lines: readonly MetricsLine[], value: (line: MetricsLine) => number | null | undefined): Point[] {
  return lines.flatMap((line) => {
    const y = value(line);
    return typeof y === 'number' && Number.isFinite(y) ? [[line.step, y] as const] : [];
  });
}

const keysOf = (lines: readonly MetricsLine[], part: (line: MetricsLine) => object | undefined): string[] => [
  ...new Set(lines.flatMap((line) => Object.keys(part(line) ?? {}))),
];

/** Forgets over a twenty-fifth of the run: enough to calm a curve, too little to hide a turn. */
function smoothed(name: string, raw: Point[]): Series {
  return { name, raw, points: smooth(raw, raw.length / 25) };
}

const lossCharts = (lines: readonly MetricsLine[]): Chart[] =>
  keysOf(lines, ({ losses }) => losses).map((key) => ({
    title: `Loss: ${nameOf(key)}`,
    unit: 'loss',
    series: [
      smoothed(
        key,
        curveOf(lines, ({ losses }) => losses?.[key]),
      ),
    ],
  }));

function validationChart(lines: readonly MetricsLine[], best: number | null): Chart {
  const keys = keysOf(lines, ({ validation }) => validation);
  return {
    title: 'Validation data',
    unit: '%',
    floor: 0,
    dots: true,
    mark: best === null ? undefined : { x: best, label: `best: step ${best.toLocaleString('en')}` },
    series: keys.map((key) => ({
      name: nameOf(key),
      points: curveOf(lines, ({ validation }) => validation?.[key]),
    })),
  };
}

/** Groups whose rates are the same throughout share a curve. */
function rateChart(lines: readonly MetricsLine[]): Chart {
  const groups = keysOf(lines, ({ lr }) => lr);
  const alike = new Map<string, { names: string[]; points: Point[] }>();
  for (const group of groups) {
    const points = curveOf(lines, ({ lr }) => lr?.[group]);
    const known = alike.get(JSON.stringify(points));
    if (known) known.names.push(group);
    else alike.set(JSON.stringify(points), { names: [group], points });
  }
  const series = [...alike.values()].map(({ names, points }) => ({
    name: names.length === groups.length ? 'all groups' : names.join(', '),
    points,
  }));
  return { title: 'Learning rate', unit: 'learning rate', floor: 0, series };
}

/** Everything that metrics.jsonl can draw: losses, validation, learning rates, gradient norm, speed and the wait for data. */
export function metricsCharts(lines: readonly MetricsLine[], best: number | null): Html {
  const until = lines.at(-1)?.step ?? 0;
  const charts: Chart[] = [
    ...lossCharts(lines),
    ...(lines.some(({ validation }) => validation) ? [validationChart(lines, best)] : []),
    rateChart(lines),
    {
      title: 'Gradient norm',
      unit: 'norm',
      floor: 0,
      series: [
        smoothed(
          'before clipping',
          curveOf(lines, (line) => line.gradNorm),
        ),
      ],
    },
    {
      title: 'Speed',
      unit: 'samples / s',
      floor: 0,
      series: [
        smoothed(
          'samples a second',
          curveOf(lines, (line) => line.samplesPerSecond),
        ),
      ],
    },
    {
      title: 'Waiting for data',
      unit: '% of the step',
      floor: 0,
      ceiling: 10,
      series: [
        smoothed(
          'share of the step',
          curveOf(lines, ({ waitShare }) => waitShare && Math.round(waitShare * 10_000) / 100),
        ),
      ],
    },
  ];
  return html`<div class="charts">${charts.map((chart) => lineChart({ ...chart, until }))}</div>`;
}
