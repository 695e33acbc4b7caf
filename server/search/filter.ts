import type { Metadata } from '../collections/stored-item.js';

/** Whether an item may be found. */
export type Predicate = (metadata: Metadata | undefined) => boolean;

type Test = (value: unknown) => boolean;

/** `value` and `bound` are compared only where both are numbers or both are texts. */
function ordered(bound: unknown, holds: (order: number) => boolean): Test {
  return (value) => {
    if (typeof value === 'number' && typeof bound === 'number') return holds(value - bound);
    if (typeof value !== 'string' || typeof bound !== 'string') return false;
    return holds(value === bound ? 0 : value < bound ? -1 : 1);
  };
}

const OPERATORS: Record<string, (operand: unknown) => Test> = {
  eq: (operand) => (value) => value === operand,
  in: (operand) => {
    const allowed = new Set(operand as unknown[]);
    return (value) => allowed.has(value);
  },
  gt: (operand) => ordered(operand, (order) => order > 0),
  gte: (operand) => ordered(operand, (order) => order >= 0),
  lt: (operand) => ordered(operand, (order) => order < 0),
  lte: (operand) => ordered(operand, (order) => order <= 0),
};

/** The value of a field; a dot reaches into nested objects unless a field has that very name. */
function valueAt(metadata: unknown, field: string): unknown {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  if (Object.hasOwn(metadata, field)) return (metadata as Metadata)[field];
  const dot = field.indexOf('.');
  if (dot < 0) return undefined;
  const outer = field.slice(0, dot);
  return Object.hasOwn(metadata, outer) ? valueAt((metadata as Metadata)[outer], field.slice(dot + 1)) : undefined;
}

/** All operators of a condition hold for the value, or for one element of a list. */
function compileCondition(field: string, condition: Metadata): Predicate {
  const tests = Object.entries(condition).map(([operator, operand]) => OPERATORS[operator]!(operand));
  const holds: Test = (value) => value !== undefined && tests.every((test) => test(value));
  return (metadata) => {
    const value = valueAt(metadata, field);
    return Array.isArray(value) ? value.some(holds) : holds(value);
  };
}

function compileEntry(key: string, operand: unknown): Predicate {
  if (key === 'and' || key === 'or') {
    const parts = (operand as object[]).map(compileFilter);
    return key === 'and'
      ? (metadata) => parts.every((part) => part(metadata))
      : (metadata) => parts.some((part) => part(metadata));
  }
  if (key === 'not') {
    const part = compileFilter(operand as object);
    return (metadata) => !part(metadata);
  }
  return compileCondition(key, operand as Metadata);
}

/**
 * Turns a filter of the contract (already checked against its schema) into a predicate over metadata: `{field: {eq, in, gt, gte,
 * lt, lte}}`, `{and: [...]}`, `{or: [...]}`, `{not: ...}`; several entries in one object must all hold.
 */
export function compileFilter(filter: object): Predicate {
  const parts = Object.entries(filter).map(([key, operand]) => compileEntry(key, operand));
  return (metadata) => parts.every((part) => part(metadata));
}
