import type { ModelConfig } from '../../model/maskvlm/config.js';
import type { CheckpointState } from '../run/find-checkpoint.js';
import type { MetricsLine } from '../run/metrics-log.js';
import type { DataSummaries, DataSummary } from '../run/run-folder.js';
import { type Html, html } from './html.js';
import { duration, shortNumber } from './numbers.js';
import type { Tile } from './page.js';

/** Time that the steps of a run took, without validation and checkpoints, in milliseconds. */
export function timeOfSteps(lines: readonly MetricsLine[]): number {
  let [total, before] = [0, 0];
  for (const { step, msPerStep } of lines) {
    if (msPerStep === undefined) continue;
    total += (step - before) * msPerStep;
    before = step;
  }
  return total;
}

/** The numbers that a reader wants first. `steps` is the length of the schedule, where it is known. */
export function headTiles(
  lines: readonly MetricsLine[],
  { step, best }: CheckpointState,
  steps: number | undefined,
  parameters: number,
): Tile[] {
  const last = lines.findLast(({ losses }) => losses);
  const total = Object.values(last?.losses ?? {}).reduce((sum, loss) => sum + loss, 0);
  return [
    {
      name: 'Steps',
      value: step.toLocaleString('en'),
      note: steps === undefined ? undefined : step >= steps ? 'finished' : `of ${steps.toLocaleString('en')}`,
    },
    ...(best
      ? [{ name: 'Best validation', value: best.metric.toFixed(1), note: `step ${best.step.toLocaleString('en')}` }]
      : []),
    ...(last
      ? [{ name: 'Sum of losses', value: shortNumber(total), note: `step ${last.step.toLocaleString('en')}` }]
      : []),
    ...(last
      ? [
          {
            name: 'Time of the steps',
            value: duration(timeOfSteps(lines)),
            note: `${shortNumber(last.msPerStep ?? 0)} ms a step at last`,
          },
        ]
      : []),
    {
      name: 'Parameters',
      value: parameters >= 1e6 ? `${(parameters / 1e6).toFixed(1)} M` : parameters.toLocaleString('en'),
    },
  ];
}

/** The size of the model in one line. */
export const modelLine = ({ width, heads, image, text, crossDepth, decoderDepth }: ModelConfig): string =>
  `width ${width}, ${heads} heads, ${image.size} px pictures in patches of ${image.patch}, depth ${image.depth} (image), ${text.depth} (text), ${crossDepth} (cross), ${decoderDepth} (decoder), ${text.vocabularySize} tokens`;

/** The data sets of a run as a table. */
export function dataTable({ train, val }: DataSummaries): Html {
  const row = (use: string) => (data: DataSummary) =>
    html`<tr><td>${use}</td><td>${data.name}</td><td>${data.split}</td>${[data.pictures, data.texts, data.skipped].map(
      (count) => html`<td class="number">${count.toLocaleString('en')}</td>`,
    )}<td><code>${data.sha256.slice(0, 12)}</code></td></tr>`;
  return html`<div class="table"><table><thead><tr><th>use</th><th>annotations</th><th>split</th><th class="number">pictures</th><th class="number">texts</th><th class="number">skipped</th><th>sha256</th></tr></thead><tbody>${train.map(
    row('training'),
  )}${val.map(row('validation'))}</tbody></table></div>`;
}
