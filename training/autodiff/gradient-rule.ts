import type { Value } from '../../model/graph/value.js';

/** What a rule may use: the node's inputs and outputs, its attributes, and which inputs need a gradient at all. */
export interface RuleContext<Attributes> {
  inputs: readonly Value[];
  outputs: readonly Value[];
  attributes: Attributes;
  needs: readonly boolean[];
}

/**
 * Gradients of the inputs, in input order, from `dy`, the gradient of the node's first output. A gradient may have the broadcast shape:
 * the backward walk sums it down. `null`: no gradient flows to that input.
 */
export type GradientRule<Attributes> = (context: RuleContext<Attributes>, dy: Value) => (Value | null)[];
