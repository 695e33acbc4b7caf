import type { Graph } from '../../model/graph/graph.js';
import type { Value } from '../../model/graph/value.js';

/** A constant of `count` whole numbers, int64 [count], each from its place: rows to gather, places of tokens, labels. */
export const wholeNumbers = (graph: Graph, name: string, count: number, numberAt: (place: number) => number): Value =>
  graph.constant(
    name,
    'int64',
    [count],
    BigInt64Array.from({ length: count }, (_, place) => BigInt(numberAt(place))),
  );
