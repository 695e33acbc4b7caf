import { type Html, html } from './html.js';
import { niceTicks, shortNumber } from './numbers.js';
import { type Point, thin } from './points.js';

/** One curve: its line, and beneath it a fainter one with the raw values where it is smoothed. */
export interface Series {
  name: string;
  points: readonly Point[];
  raw?: readonly Point[];
}

export interface Chart {
  title: string;
  /** What the y axis counts. */
  unit: string;
  series: readonly Series[];
  /** Smallest and largest value that the y axis shows whatever the data. */
  floor?: number;
  ceiling?: number;
  /** Last step of the x axis where no curve goes so far. */
  until?: number;
  /** A step to point out, and what it is. */
  mark?: { x: number; label: string } | undefined;
  /** Whether every point gets a dot: for curves of few points. */
  dots?: boolean;
}

const [WIDTH, HEIGHT] = [380, 200];
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 14, 12, 40];
const DRAWN_POINTS = 400;
const HOVERED_BANDS = 100;

/** Maps the x and y of the data to the drawing. */
export interface Scales {
  x: (value: number) => number;
  y: (value: number) => number;
  xTicks: number[];
  yTicks: number[];
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** A scale from `[ticks[0], ticks.at(-1)]` or `[low, high]` to pixels. */
function linear(low: number, high: number, from: number, to: number): (value: number) => number {
  return (value) => round(from + ((value - low) / (high - low || 1)) * (to - from));
}

/** The scales of a chart: x from the first to the last step, y over round numbers around all values. */
export function scalesOf({ series, floor, ceiling, until = 0 }: Chart): Scales {
  const all = series.flatMap(({ points, raw = [] }) => [...points, ...raw]);
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const yTicks = niceTicks(Math.min(floor ?? least(ys), least(ys)), Math.max(ceiling ?? most(ys), most(ys)), 4);
  const [first, last] = [Math.min(0, least(xs)), Math.max(until, most(xs))];
  return {
    x: linear(first, last, LEFT, WIDTH - RIGHT),
    y: linear(yTicks[0]!, yTicks.at(-1)!, HEIGHT - BOTTOM, TOP),
    xTicks: niceTicks(first, last, 5).filter((tick) => Number.isInteger(tick) && tick >= first && tick <= last),
    yTicks,
  };
}

/** The `d` of an SVG path through the points. */
export function pathOf(points: readonly Point[], { x, y }: Scales): string {
  return thin(points, DRAWN_POINTS)
    .map(([step, value], i) => `${i === 0 ? 'M' : 'L'}${x(step)} ${y(value)}`)
    .join('');
}

/** Draws a line chart as inline SVG with a legend that names each curve and its last value; says so where there is nothing to draw. */
export function lineChart(chart: Chart): Html {
  const { title, unit, dots, mark } = chart;
  const series = chart.series.filter(({ points }) => points.length > 0);
  if (series.length === 0) return html`<figure><h3>${title}</h3><p class="none">Nothing was logged yet.</p></figure>`;
  const scales = scalesOf({ ...chart, series });
  const last = ({ points }: Series) => shortNumber(points.at(-1)![1]);
  const described = series.map((one) => `${one.name} ends at ${last(one)}`).join(', ');
  return html`<figure><h3>${title}</h3>
<p class="legend">${series.map((one, i) => html`<span><i class="c${i % 6}"></i>${one.name} <b>${last(one)}</b></span>`)}</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${described}">${axes(scales, unit)}${
    mark && markLine(mark, scales)
  }${series.map((one, i) => curve(one, i % 6, scales, dots))}${hoverBands(series, scales)}</svg></figure>`;
}

function axes({ x, y, xTicks, yTicks }: Scales, unit: string): Html {
  const bottom = HEIGHT - BOTTOM;
  const middle = (TOP + bottom) / 2;
  return html`<g class="grid">${yTicks.map((tick) => html`<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}"/>`)}</g><g class="ticks">${yTicks.map(
    (tick) => html`<text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${shortNumber(tick)}</text>`,
  )}${xTicks.map(
    (tick) =>
      html`<text x="${x(tick)}" y="${bottom + 16}" text-anchor="${x(tick) > WIDTH - 2 * RIGHT ? 'end' : 'middle'}">${shortNumber(tick)}</text>`,
  )}</g><g class="axis-names"><text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">step</text><text x="10" y="${middle}" text-anchor="middle" transform="rotate(-90 10 ${middle})">${unit}</text></g>`;
}

function curve({ points, raw }: Series, color: number, scales: Scales, dots = false): Html {
  return html`${raw && html`<path class="raw s${color}" d="${pathOf(raw, scales)}"/>`}<path class="line s${color}" d="${pathOf(points, scales)}"/>${
    dots || points.length === 1
      ? points.map(([x, y]) => html`<circle class="f${color}" cx="${scales.x(x)}" cy="${scales.y(y)}" r="3"/>`)
      : null
  }`;
}

function markLine({ x, label }: { x: number; label: string }, scales: Scales): Html {
  const at = scales.x(x);
  const side = at > WIDTH / 2 ? { x: at - 5, anchor: 'end' } : { x: at + 5, anchor: 'start' };
  return html`<path class="mark" d="M${at} ${TOP}V${HEIGHT - BOTTOM}"/><text class="mark-name" x="${side.x}" y="${HEIGHT - BOTTOM - 6}" text-anchor="${side.anchor}">${label}</text>`;
}

/** Invisible bands whose tooltips give the values at their step: a report reads well without any script. */
function hoverBands(series: readonly Series[], { x }: Scales): Html {
  const steps = thin(series[0]!.points, HOVERED_BANDS).map(([step]) => step);
  const bands = steps.map((step, i) => {
    const from = i === 0 ? LEFT : (x(steps[i - 1]!) + x(step)) / 2;
    const to = i === steps.length - 1 ? WIDTH - RIGHT : (x(step) + x(steps[i + 1]!)) / 2;
    const values = series.map(({ name, points }) => `${name} ${shortNumber(nearest(points, step))}`);
    return html`<rect x="${round(from)}" y="${TOP}" width="${round(Math.max(0.1, to - from))}" height="${HEIGHT - TOP - BOTTOM}"><title>${[`step ${Math.round(step)}`, ...values].join('\n')}</title></rect>`;
  });
  return html`<g class="hover">${bands}</g>`;
}

function nearest(points: readonly Point[], step: number): number {
  return points.reduce((best, point) => (Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best))[1];
}
