// Filters as people write them in rows, and as the server takes them.
import type { Filter } from './api.js';

export type Operator = 'is' | 'not' | 'one' | 'gte' | 'lte' | 'gt' | 'lt';

export const OPERATORS: Record<Operator, string> = {
  is: 'is',
  not: 'is not',
  one: 'is one of',
  gte: 'at least',
  lte: 'at most',
  gt: 'more than',
  lt: 'less than',
};

export interface Condition {
  field: string;
  operator: Operator;
  value: string;
}

export interface Filters {
  /** Whether one condition is enough. */
  any: boolean;
  conditions: Condition[];
}

type Scalar = string | number | boolean | null;

const WORDS: Record<string, boolean | null> = { true: true, false: false, null: null };

/** What was written as a text, and also as the number or word that it may stand for: people don't say how their data is typed. */
function readings(text: string): Scalar[] {
  if (Object.hasOwn(WORDS, text)) return [WORDS[text]!, text];
  return text !== '' && Number.isFinite(Number(text)) ? [Number(text), text] : [text];
}

function toCondition({ field, operator, value }: Condition): Filter {
  const text = value.trim();
  if (operator === 'one') {
    return { [field]: { in: text.split(',').flatMap((part) => readings(part.trim())) } } as Filter;
  }
  const [first, ...more] = readings(text);
  const equal = { [field]: more.length > 0 ? { in: [first, ...more] } : { eq: first } } as Filter;
  if (operator === 'is') return equal;
  if (operator === 'not') return { not: equal } as Filter;
  return { [field]: { [operator]: typeof first === 'number' ? first : text } } as Filter;
}

/** The filter of a search, or none without conditions. */
export function toFilter({ any, conditions }: Filters): Filter | undefined {
  const parts = conditions.map(toCondition);
  if (parts.length <= 1) return parts[0];
  return (any ? { or: parts } : { and: parts }) as Filter;
}

/** A condition as a part of an address. */
export function toParameter({ field, operator, value }: Condition): string {
  return JSON.stringify([field, operator, value]);
}

/** Nothing where the part of an address makes no sense: a link may be cut. */
export function fromParameter(text: string): Condition[] {
  try {
    const [field, operator, value] = JSON.parse(text) as unknown[];
    const known = typeof operator === 'string' && Object.hasOwn(OPERATORS, operator);
    if (typeof field !== 'string' || typeof value !== 'string' || !known) return [];
    return [{ field, operator: operator as Operator, value }];
  } catch {
    return [];
  }
}
