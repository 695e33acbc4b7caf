import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';

/** The forward pass of one training step: what is minimised is the sum of the losses. */
export interface Forward {
  /** Scalars by name, at least one. */
  losses: Readonly<Record<string, Value>>;
  /** Values that no gradient flows through. */
  stopped: readonly Value[];
  /** What may be looked at besides, by name. */
  outputs: Readonly<Record<string, Value>>;
}

/** Builds a forward pass, its inputs included, with the parameters of `root`. */
export type BuildForward = (root: Scope) => Forward;
