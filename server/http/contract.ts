import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PACKAGE_ROOT } from '../package-root.js';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

export interface Operation {
  operationId: string;
  security?: object[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
}

/** The part of an OpenAPI document that the server itself reads. */
export interface Contract {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

/** Reads openapi.yaml. A new object every time: the validator changes the one it is given. */
export function readContract(): Contract {
  return parse(readFileSync(join(PACKAGE_ROOT, 'openapi.yaml'), 'utf8')) as Contract;
}

/** Every operation with its method and its path in Express's spelling. */
export function* operationsOf(contract: Contract): Generator<{ method: Method; path: string; operation: Operation }> {
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) yield { method, path: path.replace(/\{(\w+)\}/g, ':$1'), operation };
    }
  }
}

/** The schema itself where it is a reference. */
export function resolveSchema(contract: Contract, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : resolveSchema(contract, contract.components.schemas[name]!);
}
