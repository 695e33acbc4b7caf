import type { Graph } from '../graph/graph.js';
import type { Value } from '../graph/value.js';

/** How a parameter begins: a truncated normal, whose standard deviation the recipe says, or a constant. */
export type Initializer = { kind: 'normal' } | { kind: 'constant'; value: number };

export const NORMAL: Initializer = { kind: 'normal' };
export const ZEROS: Initializer = { kind: 'constant', value: 0 };
export const ONES: Initializer = { kind: 'constant', value: 1 };

/** Where a graph's parameters come from: constants of an inference graph, parts of a flat input of a training graph. */
export type ParameterSource = (graph: Graph, name: string, shape: readonly number[], initializer: Initializer) => Value;

/** Is shown values of the forward pass by their dotted path as they are made; what it returns is used from there on. */
export type Tap = (path: string, value: Value) => Value;

/** A place in the module tree: parameters made in it get its dotted path, nodes its slashed one. */
export class Scope {
  constructor(
    readonly graph: Graph,
    readonly source: ParameterSource,
    readonly path: string = '',
    readonly tap?: Tap | undefined,
  ) {}

  /** Builds inside the child `name`, e.g. `blocks.0`. */
  within<T>(name: string, build: (scope: Scope) => T): T {
    const path = this.path === '' ? name : `${this.path}.${name}`;
    return this.graph.within(name, () => build(new Scope(this.graph, this.source, path, this.tap)));
  }

  /** The parameter `name` of this scope; asked for twice, it is the same one. */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Value {
    return this.source(this.graph, `${this.path}.${name}`, shape, initializer);
  }

  /** Shows `value` to the tap, where there is one, as `name` of this scope. */
  shown(name: string, value: Value): Value {
    return this.tap ? this.tap(`${this.path}.${name}`, value) : value;
  }
}
