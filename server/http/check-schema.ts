import type { ValidateFunction } from 'ajv/dist/2020.js';
import { Problem } from './problems.js';
import { describe, fieldErrors, schemaErrors } from './schema-errors.js';

export interface Checked {
  /** Pointer to where the value stands in the request, such as `/body`; at its top by default. */
  at?: string;
  /** What the detail begins with, for a value that is one of many. */
  prefix?: string;
}

/**
 * The value, if it fits the schema; what it leaves out has the schema's defaults.
 * @throws Problem that names every field which does not fit
 */
export function checkSchema<Value>(
  validate: ValidateFunction<Value>,
  value: unknown,
  { at = '', prefix = '' }: Checked = {},
): Value {
  if (validate(value)) return value;
  const fields = fieldErrors(schemaErrors(validate.errors).map((error) => ({ ...error, path: at + error.path })));
  throw new Problem('bad-request', prefix + describe(fields), fields);
}
