import { ExpectationError } from '../../model/errors.js';
import type { Node } from '../../model/graph/graph.js';
import type { OperatorAttributes } from '../../model/graph/operators.js';
import { add, concat, expand, reshape } from '../../model/graph/ops.js';
import { positiveAxis, shapeText, type Value, valueText } from '../../model/graph/value.js';
import type { GradientRule } from './gradient-rule.js';
import { gradientRules } from './gradient-rules.js';
import { createRecomputation, dependingOnBatch, type NodeValues, type SegmentOf } from './recompute.js';
import { unbroadcast } from './unbroadcast.js';

export interface GradientOptions {
  /** Values that no gradient flows through. */
  stop?: readonly Value[];
  /** Segments of the forward pass that are computed again on the way back instead of being kept. */
  recompute?: SegmentOf | undefined;
}

/**
 * Reverse-mode differentiation: appends to the graph the nodes that compute the gradient of the scalar `loss` with respect to each of
 * `targets`, and returns those gradients in the same order; a target that the loss does not depend on gets zeros. Throws, naming the node,
 * for an operator without a gradient on a path that needs one.
 */
export function gradients(
  loss: Value,
  targets: readonly Value[],
  { stop = [], recompute }: GradientOptions = {},
): Value[] {
  if (loss.shape.some((dim) => dim !== 1))
    throw new ExpectationError(`gradient of ${loss.name}`, 'a scalar', shapeText(loss.shape));
  const { graph } = loss;
  return graph.within('gradient', () => {
    const stopped = new Set(stop);
    const reaching = reachableFrom(graph.nodes, targets, stopped);
    const depending = recompute ? dependingOnBatch(graph.nodes, graph.inputs, targets) : null;
    const again =
      recompute && createRecomputation(recompute, new Set([...reaching].filter((value) => depending!.has(value))));
    const accumulated = new Map<Value, Value>([
      [
        loss,
        expand(
          reshape(
            graph.scalar(1),
            loss.shape.map(() => 1),
          ),
          loss.shape,
        ),
      ],
    ]);
    // The nodes appended here come after the forward ones, which are walked backwards from the loss.
    const forward = graph.nodes.slice(0, loss.producer ? graph.nodes.indexOf(loss.producer) + 1 : 0);
    for (const node of forward.reverse()) {
      if (!node.inputs.some((input) => reaching.has(input))) continue;
      if (!node.outputs.some((output) => accumulated.has(output))) continue;
      graph.within(node.name.slice(0, node.name.lastIndexOf('/') + 1).replace(/\/$/, '') || 'loss', () =>
        propagate(node, reaching, accumulated, again),
      );
    }
    return targets.map(
      (target) =>
        accumulated.get(target) ??
        expand(
          reshape(
            graph.scalar(0),
            target.shape.map(() => 1),
          ),
          target.shape,
        ),
    );
  });
}

/** All values that depend on a target: only they need a gradient. */
function reachableFrom(nodes: readonly Node[], targets: readonly Value[], stopped: ReadonlySet<Value>): Set<Value> {
  const reached = new Set(targets);
  for (const node of nodes) {
    if (!node.inputs.some((input) => reached.has(input))) continue;
    for (const output of node.outputs) if (output.dtype === 'float32' && !stopped.has(output)) reached.add(output);
  }
  return reached;
}

function propagate(
  node: Node,
  reaching: ReadonlySet<Value>,
  accumulated: Map<Value, Value>,
  again?: (node: Node, dy: Value) => NodeValues,
): void {
  const needs = node.inputs.map((input) => reaching.has(input));
  const results = node.op === 'Split' ? [joinSplit(node, accumulated)] : applyRule(node, needs, accumulated, again);
  if (results.length > node.inputs.length) {
    throw new ExpectationError(
      `gradient of ${node.name}`,
      `at most ${node.inputs.length} gradients`,
      String(results.length),
    );
  }
  results.forEach((result, i) => {
    const input = node.inputs[i]!;
    if (!result || !needs[i]) return;
    const gradient = unbroadcast(result, input);
    const before = accumulated.get(input);
    accumulated.set(input, before ? add(before, gradient) : gradient);
  });
}

function applyRule(
  node: Node,
  needs: readonly boolean[],
  accumulated: ReadonlyMap<Value, Value>,
  again: (node: Node, dy: Value) => NodeValues = () => node,
): (Value | null)[] {
  const rule = gradientRules[node.op] as GradientRule<unknown> | null;
  if (!rule)
    throw new ExpectationError(
      `gradient of ${node.name}`,
      'an operator with a gradient',
      `${node.op}(${node.inputs.map(valueText).join(', ')})`,
    );
  const dy = accumulated.get(node.outputs[0]!);
  if (!dy)
    throw new ExpectationError(`gradient of ${node.name}`, 'a use of its first output', 'a use of its statistics only');
  return rule({ ...again(node, dy), attributes: node.attributes, needs }, dy);
}

/** The gradients of the parts of a Split, put together again; a part that nothing used contributes zeros. */
function joinSplit(node: Node, accumulated: ReadonlyMap<Value, Value>): Value {
  const { axis } = node.attributes as OperatorAttributes['Split'];
  const parts = node.outputs.map((output) => {
    const gradient = accumulated.get(output);
    return (
      gradient ??
      expand(
        reshape(
          output.graph.scalar(0),
          output.shape.map(() => 1),
        ),
        output.shape,
      )
    );
  });
  return concat(parts, positiveAxis(node.name, axis, node.inputs[0]!.shape.length));
}
