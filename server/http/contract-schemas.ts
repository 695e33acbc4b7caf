import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Contract, type Parameter, type PlacedOperation, readContract } from './contract.js';

const OPTIONS: Options = {
  strict: false,
  useDefaults: true,
  validateSchema: false,
  discriminator: true,
  formats: { binary: true },
};

/** Ajv finds the alternative by the value that each has for the property, and knows no list of them. */
function withoutMappings(contract: Contract): Contract {
  return JSON.parse(JSON.stringify(contract), (key, value) =>
    key === 'discriminator' ? { propertyName: value.propertyName } : value,
  );
}

/** Ajv with the whole contract as one schema, so that whatever several operations use is compiled once. */
function compilerOf(contract: Contract, options: Options): Ajv2020 {
  return new Ajv2020({ ...OPTIONS, ...options }).addSchema(withoutMappings(contract), 'contract');
}

const compilers = new Map<'parameters' | 'body', Ajv2020>();

/** Values in a path or a query are text: numbers and truth values are made of them as the schemas say. */
function compiler(of: 'parameters' | 'body'): Ajv2020 {
  const known = compilers.get(of) ?? compilerOf(readContract(), { coerceTypes: of === 'parameters' });
  compilers.set(of, known);
  return known;
}

/** A reference to the place in the contract that these names lead to. */
function reference(...names: (string | number)[]): { $ref: string } {
  const pointer = names.map((name) => encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1')));
  return { $ref: `contract#/${pointer.join('/')}` };
}

const named = new Map<string, ValidateFunction>();

/** Checks one of the contract's named schemas, such as an item of a stream; compiled once. */
export function namedSchema<Value>(name: string): ValidateFunction<Value> {
  const known = named.get(name) ?? compiler('body').compile(reference('components', 'schemas', name));
  named.set(name, known);
  return known as ValidateFunction<Value>;
}

/** Checks the JSON body of an operation; undefined where it takes none. */
export function bodySchema({ path, method, operation }: PlacedOperation): ValidateFunction | undefined {
  if (!operation.requestBody?.content['application/json']) return undefined;
  return compiler('body').compile(
    reference('paths', path, method, 'requestBody', 'content', 'application/json', 'schema'),
  );
}

interface FoundParameter {
  parameter: Parameter;
  schema: { $ref: string };
}

function parametersOf({ path, method, operation }: PlacedOperation): FoundParameter[] {
  const { paths, components } = readContract();
  const lists = [
    { list: paths[path]!.parameters ?? [], place: ['paths', path, 'parameters'] },
    { list: operation.parameters ?? [], place: ['paths', path, method, 'parameters'] },
  ];
  return lists.flatMap(({ list, place }) =>
    list.map((parameter, index) => {
      const name = parameter.$ref?.replace('#/components/parameters/', '');
      if (name === undefined) return { parameter, schema: reference(...place, index, 'schema') };
      return { parameter: components.parameters[name]!, schema: reference('components', 'parameters', name, 'schema') };
    }),
  );
}

/** Checks `{path, query}` of an operation, and turns their texts into what the schemas ask for. */
export function parameterSchema(placed: PlacedOperation): ValidateFunction<{ path: object; query: object }> {
  const all = parametersOf(placed);
  const part = (where: Parameter['in'], isOpen: boolean) => {
    const own = all.filter(({ parameter }) => parameter.in === where);
    return {
      type: 'object',
      properties: Object.fromEntries(own.map(({ parameter, schema }) => [parameter.name, schema])),
      required: own.filter(({ parameter }) => parameter.required).map(({ parameter }) => parameter.name),
      additionalProperties: isOpen,
    };
  };
  const properties = { path: part('path', true), query: part('query', placed.operation['x-any-query'] ?? false) };
  return compiler('parameters').compile({ type: 'object', properties });
}
