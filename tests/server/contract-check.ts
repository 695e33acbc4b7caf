import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { readContract } from '../../server/http/contract.js';

interface DocumentedResponse {
  $ref?: string;
  content?: Record<string, { schema?: object }>;
}

const contract = readContract() as unknown as {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, DocumentedResponse> }>>;
  components: { schemas: object; responses: Record<string, DocumentedResponse> };
};
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema) ?? ajv.compile({ ...schema, components: contract.components });
  validators.set(schema, known);
  return known;
}

function operationOf(method: string, url: string) {
  const path = new URL(url, 'http://x').pathname;
  for (const [template, item] of Object.entries(contract.paths)) {
    const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`);
    if (pattern.test(path) && item[method.toLowerCase()]) return item[method.toLowerCase()]!;
  }
  throw new Error(`the contract has no ${method} ${path}`);
}

/** Checks an answer against the contract: its status is documented there, its media type too, and JSON fits the schema. */
export function expectContract(response: Response): void {
  const { method, url } = (response as unknown as { request: { method: string; url: string } }).request;
  const { operationId, responses } = operationOf(method, url);
  const documented = responses[response.status];
  expect(documented, `${operationId} answers ${response.status}: ${response.text}`).toBeDefined();
  const name = documented?.$ref?.split('/').at(-1);
  const { content } = name ? contract.components.responses[name]! : documented!;
  if (!content) return;
  const type = Object.keys(content).find(
    (known) => response.type === known || (known === 'image/*' && response.type.startsWith('image/')),
  );
  expect(type, `${operationId} ${response.status} answers ${response.type}`).toBeDefined();
  if (!/[/+]json$/.test(type!)) return;
  const validate = validatorOf(content[type!]!.schema!);
  const body = response.type === 'application/json' ? response.body : JSON.parse(response.text);
  expect(validate(body), `${operationId} ${response.status}: ${ajv.errorsText(validate.errors)}`).toBe(true);
}
