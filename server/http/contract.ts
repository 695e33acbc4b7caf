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

export interface Parameter {
  $ref?: string;
  name: string;
  in: 'path' | 'query';
  required?: boolean;
}

export interface Operation {
  operationId: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  /** Query parameters that it does not name are let through: probes and pages come with whatever somebody put behind the address. */
  'x-any-query'?: boolean;
  /** Its form may be larger than memory: it is read by its handler, which also checks it. */
  'x-streamed-form'?: boolean;
}

type PathItem = Record<string, Operation> & { parameters?: Parameter[] };

/** The part of an OpenAPI document that the server itself reads. */
export interface Contract {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, PathItem>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

let contract: Contract | undefined;

/** openapi.yaml, read once. */
export function readContract(): Contract {
  contract ??= parse(readFileSync(join(PACKAGE_ROOT, 'openapi.yaml'), 'utf8')) as Contract;
  return contract;
}

/** An operation, and where it stands in the contract. */
export interface PlacedOperation {
  method: Method;
  /** As in the contract: `/v1/collections/{collection}`. */
  path: string;
  operation: Operation;
}

/** Every operation of the contract, in its order. */
export function operationsOf({ paths }: Contract): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
  );
}

/** A path of the contract in Express's spelling. */
export const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** The schema itself where it is a reference. */
export function resolveSchema(from: Contract, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : resolveSchema(from, from.components.schemas[name]!);
}
