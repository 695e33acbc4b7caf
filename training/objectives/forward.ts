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

/**
 * A part of the forward pass of a step that is too large to be one graph. Parts meet at seams, where values pass through the host: forwards
 * their content, backwards the gradient of everything that comes after them.
 */
export interface Stage {
  /** Scalars by name, perhaps none; as much of the whole step's losses as falls to the inputs of this run. */
  losses: Readonly<Record<string, Value>>;
  stopped: readonly Value[];
  outputs: Readonly<Record<string, Value>>;
  /** Graph inputs that an earlier stage sent. */
  received: Readonly<Record<string, Value>>;
  /** Values that later stages receive. */
  sent: Readonly<Record<string, Value>>;
}

/** Builds a stage, its inputs included, with the parameters of `root`. */
export type BuildStage = (root: Scope) => Stage;
