import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ExpectationError } from '../errors.js';

/** The version of the bundle format that this program reads and writes. */
export const BUNDLE_SCHEMA = 'maskvlm-bundle/1';
export const MANIFEST_FILE = 'manifest.json';

export const TASKS = ['retrieval', 'vqa', 'nlvr2', 've', 'classify', 'reconstruct'] as const;
export type Task = (typeof TASKS)[number];

/** How a bundle's weights are kept: float32, float16, or 8-bit integers with scales. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A path inside the bundle, "/" between its parts; nothing that leads out of the bundle. */
const bundlePath = z.string().refine(isInside, 'expected the path of a file inside the bundle');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
const bundleFile = z.strictObject({ file: bundlePath, sha256 });
const triple = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();
const json = z.record(z.string(), z.json());

const manifestSchema = z.strictObject({
  schema: z.literal(BUNDLE_SCHEMA),
  name: z.string().regex(/^[\w][\w.-]{0,127}$/, 'expected letters, digits, ".", "-" and "_"'),
  /** SHA-256 over what decides the outputs, see {@link bundleId}. */
  id: sha256,
  family: z.enum(['maskvlm']),
  /** The architecture's settings. */
  config: json,
  /** What it was trained and measured for. */
  tasks: z.array(z.enum(TASKS)).min(1),
  /** The ONNX file of each role, such as image_encoder, text_encoder and matcher. */
  graphs: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected snake_case'), bundleFile),
  tokenizer: bundleFile,
  image: z.strictObject({
    size: z.int().positive(),
    mean: triple,
    std: z.tuple([positive, positive, positive]),
    resize: z.literal('squash'),
  }),
  /** Longest text in tokens; of a model with the task vqa also its longest answer. */
  text: z.strictObject({ maxLength: z.int().min(2), answerLength: z.int().min(2).optional() }),
  /** Candidates that a search re-ranks where nobody says how many; 0 where no cross-encoder was trained to order them. */
  rerank: z.strictObject({ candidates: z.int().nonnegative() }),
  /** What the cosines of a model for retrieval were divided by in the end of its training (Equation 2). */
  itc: z.strictObject({ temperature: positive }).optional(),
  /** Files that the graphs need beside them (weights beyond 2 GB), or that a task needs (its answers). */
  extraFiles: z.array(bundleFile).optional(),
  /** Results by task, as `evaluate` prints them; `precision` is what fp16 or int8 cost, see precision-loss.ts. */
  metrics: json,
  provenance: z.strictObject({
    /** The effective recipe. */
    recipe: json,
    /** What it was trained on; names, never where they lay. */
    data: z.array(z.object({ name: z.string().min(1), sha256: sha256.optional() }).catchall(z.json())),
    steps: z.int().nonnegative(),
    seed: z.int(),
    /** Absent in bundles from before there was a choice: fp32. */
    precision: z.enum(PRECISIONS).optional(),
    /** Of the program that trained it. */
    version: z.string(),
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type BundleFile = z.infer<typeof bundleFile>;

/** Whether a model was trained to match (ITM): the cross-encoder of one that was not orders by chance. */
export const isMatcher = ({ rerank }: Pick<Manifest, 'rerank'>): boolean => rerank.candidates > 0;

export type Provenance = Manifest['provenance'];

/** Whether a path from a manifest names a file inside the bundle's directory, on every operating system. */
export function isInside(path: string): boolean {
  const parts = path.split('/');
  return !/[\\:\0]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Every file that a manifest names, with the hash that it should have. */
export function bundleFiles(manifest: Pick<Manifest, 'graphs' | 'tokenizer' | 'extraFiles'>): BundleFile[] {
  return [...Object.values(manifest.graphs), manifest.tokenizer, ...(manifest.extraFiles ?? [])];
}

/** JSON with the keys in order, so that equal values are equal texts. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join()}}`;
}

/**
 * What makes two bundles the same model: SHA-256 over graphs by role, tokenizer, picture settings, text length and further files.
 * Name, metrics and provenance do not count. Embeddings of bundles with one id can be compared.
 */
export function bundleId(manifest: Pick<Manifest, 'graphs' | 'tokenizer' | 'image' | 'text' | 'extraFiles'>): string {
  const graphs = Object.entries(manifest.graphs).map(([role, { sha256 }]) => [role, sha256]);
  const identity = {
    graphs: Object.fromEntries(graphs),
    tokenizer: manifest.tokenizer.sha256,
    image: manifest.image,
    text: manifest.text,
    extraFiles: Object.fromEntries((manifest.extraFiles ?? []).map(({ file, sha256 }) => [file, sha256])),
  };
  return createHash('sha256').update(canonicalJson(identity)).digest('hex');
}

/** Checks a parsed manifest.json; throws an ExpectationError that names `what` and the first field that is wrong. */
export function parseManifest(what: string, value: unknown): Manifest {
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== BUNDLE_SCHEMA) {
    throw new ExpectationError(
      `${what}: schema`,
      `${BUNDLE_SCHEMA}, the version supported here`,
      JSON.stringify(schema),
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const place = [what, ...(issue.path.length > 0 ? [issue.path.join('.')] : [])].join(': ');
  const got = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  throw new ExpectationError(place, describeExpected(issue), JSON.stringify(got)?.slice(0, 80) ?? 'nothing');
}

function describeExpected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `no field ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  return issue.message.replace(/^(?:Invalid input: )?expected /, '').replace(/, received .*$/, '');
}
