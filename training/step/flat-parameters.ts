import { ExpectationError } from '../../model/errors.js';
import type { Graph } from '../../model/graph/graph.js';
import { reshape, split } from '../../model/graph/ops.js';
import { sizeOf, type Value } from '../../model/graph/value.js';
import type { ParameterSource } from '../../model/layers/scope.js';
import { type ParameterSpec, TEMPERATURE } from '../../model/maskvlm/parameters.js';
import { PARAMETER_GROUPS, type ParameterGroup } from './parameter-groups.js';

export interface FlatParameter extends ParameterSpec {
  offset: number;
  size: number;
  group: ParameterGroup;
  /** Whether weight decay applies. */
  decay: boolean;
}

/**
 * A run of the flat buffer whose elements share a learning rate and a weight decay: one large parameter, or several small ones. Small
 * enough that an optimizer's dozen passes over it find it in the processor's cache, large enough that there are few of them.
 */
export interface Block {
  parameters: FlatParameter[];
  group: ParameterGroup;
  decay: boolean;
  size: number;
  /** Of a block that is one weight of an encoder's or decoder's block. */
  matrix?: MatrixShape;
}

/** Matrices [count, rows, columns] that one weight holds, one under the other. */
export interface MatrixShape {
  count: number;
  rows: number;
  columns: number;
}

/** All parameters in one buffer, ordered by group and by whether they decay. */
export interface FlatLayout {
  parameters: FlatParameter[];
  blocks: Block[];
  size: number;
}

/** Parameters below this many elements share a block. */
const SMALL = 1 << 13;

function groupOf(name: string): ParameterGroup {
  if (name === TEMPERATURE || name.startsWith('image_projection.') || name.startsWith('text_projection.'))
    return 'projections';
  const group = PARAMETER_GROUPS.find((candidate) => name.startsWith(`${candidate}.`));
  if (!group)
    throw new ExpectationError(name, `a name that begins with one of ${PARAMETER_GROUPS.join(', ')}`, 'another');
  return group;
}

/** The matrices of a weight inside a block; three where it makes queries, keys and values at once. */
function matrixOf({ name, shape }: ParameterSpec): MatrixShape | undefined {
  if (shape.length !== 2 || !/\.blocks\.\d+\./.test(name)) return undefined;
  const [height, columns] = shape as [number, number];
  const count = name.endsWith('.qkv.weight') ? 3 : name.endsWith('.kv.weight') ? 2 : 1;
  return { count, rows: height / count, columns };
}

/**
 * Lays parameters out. One decays unless it is a vector or scalar, as in ALBEF, or always where `decayVectors`; [CLS], [MASK] and position
 * embeddings do. Throws on a name of no group.
 */
export function flatLayout(specs: readonly ParameterSpec[], { decayVectors = false } = {}): FlatLayout {
  const decays = ({ shape }: ParameterSpec): boolean => decayVectors || shape.length > 1;
  const rank = (spec: ParameterSpec) => PARAMETER_GROUPS.indexOf(groupOf(spec.name)) * 2 + (decays(spec) ? 0 : 1);
  const ordered = specs.map((spec, i) => ({ spec, i })).sort((a, b) => rank(a.spec) - rank(b.spec) || a.i - b.i);
  const parameters: FlatParameter[] = [];
  const blocks: Block[] = [];
  let offset = 0;
  for (const { spec } of ordered) {
    const parameter = { ...spec, offset, size: sizeOf(spec.shape), group: groupOf(spec.name), decay: decays(spec) };
    parameters.push(parameter);
    offset += parameter.size;
    const { group, decay, size } = parameter;
    const matrix = matrixOf(spec);
    const last = blocks.at(-1);
    const joins = last && !matrix && !last.matrix && last.group === group && last.decay === decay;
    if (joins && size < SMALL && last.size < SMALL) {
      last.parameters.push(parameter);
      last.size += size;
    } else blocks.push({ parameters: [parameter], group, decay, size, ...(matrix && { matrix }) });
  }
  return { parameters, blocks, size: offset };
}

/** Cuts a flat value [P] into the layout's blocks. */
export const splitBlocks = (flat: Value, { blocks }: FlatLayout): Value[] =>
  split(
    flat,
    0,
    blocks.map(({ size }) => size),
  );

/** The parameters inside a block's value, each in its shape. */
export const splitParameters = (value: Value, { parameters }: Block): Value[] =>
  split(
    value,
    0,
    parameters.map(({ size }) => size),
  ).map((part, i) => reshape(part, parameters[i]!.shape));

/** Reads every parameter of a graph out of the values of the blocks. */
export function parametersFrom(blocks: readonly Value[], layout: FlatLayout): ParameterSource {
  const values = layout.blocks.flatMap((block, i) => splitParameters(blocks[i]!, block));
  const byName = new Map(
    layout.blocks.flatMap(({ parameters }) => parameters).map(({ name }, i) => [name, values[i]!]),
  );
  return (_graph: Graph, name: string) => {
    const value = byName.get(name);
    if (!value) throw new ExpectationError(name, 'a parameter of the layout', 'another');
    return value;
  };
}

/** The part of a flat buffer that holds `parameter`: a view, not a copy. */
export const viewOf = (buffer: Float32Array, { offset, size }: FlatParameter): Float32Array =>
  buffer.subarray(offset, offset + size);
