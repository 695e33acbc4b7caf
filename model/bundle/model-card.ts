import { stringify } from 'yaml';
import { isMatcher, type Manifest, type Precision, type Task } from './manifest.js';
import { type PrecisionLoss, precisionLossSchema } from './precision-loss.js';

const TASK_WORDS: Record<Task, string> = {
  retrieval: 'finds pictures by text and texts by picture',
  vqa: 'answers questions about a picture',
  nlvr2: 'tells whether a statement about two pictures is true',
  ve: 'tells whether a picture entails, contradicts or leaves open a sentence',
  classify: 'sorts pictures into classes given as words',
  reconstruct: 'fills in masked words and masked parts of a picture',
};

const PRECISION_WORDS: Record<Precision, string> = {
  fp32: 'Weights are float32.',
  fp16: 'Weights are kept as float16 and become float32 when the graphs are loaded: half the size, the same computation.',
  int8:
    'Weights are kept as 8-bit integers and multiplied as such. The numbers that meet them are rounded to 8 bits by the range of ' +
    'all that is computed in one go, so a score depends a little on what was asked beside it.',
};

/** Initials and fixed names in the results of `evaluate`. */
const WORDS: Record<string, string> = {
  itc: 'ITC',
  nlvr2: 'NLVR2',
  r1: 'R@1',
  r5: 'R@5',
  r10: 'R@10',
  top1: 'top-1',
  top5: 'top-5',
  ve: 'visual entailment',
  vqa: 'VQA',
};

/** "textToImage" -> "text to image". */
function spellOut(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_]+/);
  return words.map((word) => WORDS[word] ?? word).join(' ');
}

/** All numbers inside a result with the path that leads to each. */
function* numbersIn(value: unknown, path: string[] = []): Generator<[string[], number]> {
  if (typeof value === 'number') yield [path, value];
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) yield* numbersIn(item, [...path, key]);
  }
}

/** Results that count something; all others are rates, with two digits after the point. */
const COUNTS = new Set(['images', 'texts', 'questions', 'examples', 'classes']);

function formatResult(key: string, value: number): string {
  return COUNTS.has(key) ? formatCount(value) : formatRate(value);
}

const formatRate = (value: number | undefined): string => value?.toFixed(2) ?? '';

function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** Text in a Markdown table's cell must not end the cell. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\|/g, '\\|');
}

/** A head that ends in ":" aligns its column to the right. */
function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const rule = head.map((title) => (title.endsWith(':') ? '---:' : '---'));
  return [line(head.map((title) => title.replace(/:$/, ''))), line(rule), ...rows.map(line)].join('\n');
}

/** What fp16 or int8 cost, where the manifest says it in full. */
function precisionLossOf({ metrics }: Manifest): PrecisionLoss | undefined {
  return precisionLossSchema.safeParse(metrics.precision).data;
}

function metricsSection(manifest: Manifest): string {
  const { precision: _, ...others } = manifest.metrics;
  const rows = [...numbersIn(precisionLossOf(manifest) ? others : manifest.metrics)].map(([[task, ...path], value]) => [
    spellOut(task!),
    path.map(spellOut).join(', ') || 'value',
    formatResult(path.at(-1) ?? '', value),
  ]);
  if (rows.length === 0) return 'Not measured.';
  return `${table(['task', 'measure', 'value:'], rows)}\n\nRates are percentages.`;
}

function precisionSection(manifest: Manifest): string {
  const words = PRECISION_WORDS[manifest.provenance.precision ?? 'fp32'];
  const loss = precisionLossOf(manifest);
  if (!loss) return words;
  const { precision, examples, baseline, reduced, difference } = loss;
  const rows = Object.keys(baseline).map((measure) => [
    spellOut(measure),
    ...[baseline, reduced, difference].map((side) => formatRate(side[measure])),
  ]);
  return [
    words,
    `Measured on ${formatCount(examples)} examples of the validation data; percentages.`,
    table(['measure', 'fp32:', `${precision}:`, 'difference:'], rows),
  ].join('\n\n');
}

function dataSection({ provenance }: Manifest): string {
  const rows = provenance.data.map(({ name, sha256 }) => [
    name,
    sha256 ? `\`${sha256.slice(0, 16)}…\`` : 'not recorded',
  ]);
  return rows.length > 0 ? table(['data', 'SHA-256'], rows) : 'No data recorded.';
}

function limitsSection(manifest: Manifest): string {
  const { image, text, rerank } = manifest;
  return [
    `- Pictures are squeezed to ${image.size} x ${image.size} pixels: small things are lost, and so are proportions.`,
    `- Text beyond ${text.maxLength} tokens, beginning and end marks included, is cut off.`,
    isMatcher(manifest)
      ? `- Search compares a query with all pictures roughly and looks closely at the best ${rerank.candidates} only.`
      : '- Search compares pictures and texts roughly (ITC); nothing was trained to look at both together (ITM).',
    '- It knows what the data above shows, in the language and the style of its texts, and carries over what is one-sided in them. Measure',
    '  it on pictures and texts of your own before relying on it; scores are no probabilities of being right.',
    '- It is not made to identify people or to decide about them.',
  ].join('\n');
}

/** The bundle's README: what the model is and does, how good it is, how it was made, where it ends. Markdown. */
export function modelCard(manifest: Manifest): string {
  const { name, id, provenance, tasks } = manifest;
  const graphs = Object.entries(manifest.graphs).map(([role, { file }]) => `- \`${file}\`: ${spellOut(role)}`);
  return `# ${name}

A MaskVLM model (Masked Vision and Language Modeling for Multi-modal Representation Learning): a picture encoder and a text encoder
that meet in one space, and cross-modality encoders that look at a picture and a text together.

It ${tasks.map((task) => TASK_WORDS[task]).join('; it ')}.

## Results

${metricsSection(manifest)}

## Precision

${precisionSection(manifest)}

## How it was made

Trained for ${formatCount(provenance.steps)} steps with seed ${provenance.seed} by version ${provenance.version}.

${dataSection(manifest)}

The recipe:

\`\`\`yaml
${stringify(provenance.recipe, { lineWidth: 0 }).trim()}
\`\`\`

## Limits

${limitsSection(manifest)}

## Files

${graphs.join('\n')}
- \`${manifest.tokenizer.file}\`: tokenizer, in Hugging Face's format
- \`manifest.json\`: settings, hashes and results for programs

Id \`${id}\`: embeddings of models with the same id can be compared.
`;
}
