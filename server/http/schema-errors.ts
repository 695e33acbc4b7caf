import type { ErrorObject } from 'ajv/dist/2020.js';
import type { FieldError } from './problems.js';

/** What a JSON schema found wrong, and by which of its keywords; `path` is a pointer such as `/body/items/2/caption`. */
export interface SchemaError {
  path: string;
  message: string;
  keyword: string;
}

/** What a schema found wrong, under the path of the field itself also where that is missing or too much. */
export function schemaErrors(errors: readonly ErrorObject[] | null | undefined): SchemaError[] {
  return (errors ?? []).map(({ instancePath, keyword, message = 'is not valid', params }) => {
    const field = params.additionalProperty ?? params.missingProperty;
    const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
    return {
      path: field === undefined ? instancePath : `${instancePath}/${field}`,
      message: message + allowed,
      keyword,
    };
  });
}

const IMAGE = 'must be one of {base64}, {dataUrl}, {url} and {itemId, collection}';
/** What a choice is about, by the last name of its path; Ajv would list everything that each alternative lacks. */
const CHOICES: Record<string, string> = {
  image: IMAGE,
  left: IMAGE,
  right: IMAGE,
  body: 'must have exactly one of text, image and itemId',
  input:
    'must be a text, a picture as {base64}, {dataUrl}, {url} or {itemId, collection}, or a list of these; token ids are not taken: send the text itself',
};

/** `/body/items/2/caption` -> `items[2].caption`; the body itself is `body`. */
function fieldName(pointer: string): string {
  const parts = pointer.split('/').filter((part) => part !== '');
  if (['body', 'query', 'path'].includes(parts[0] ?? '') && parts.length > 1) parts.shift();
  const decoded = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return decoded.reduce(
    (path, part) => (/^\d+$/.test(part) && path ? `${path}[${part}]` : path ? `${path}.${part}` : part),
    '',
  );
}

/** The path names the field already. */
function plainMessage({ path, keyword, message }: SchemaError): string {
  if (keyword === 'additionalProperties') return `is not a ${path.startsWith('/query/') ? 'parameter' : 'field'} here`;
  return keyword === 'required' ? 'is missing' : message;
}

/** Errors in the words of the contract: one for each field, and one for a choice instead of one for each alternative. */
export function fieldErrors(errors: readonly SchemaError[]): FieldError[] {
  const choices = errors.filter(({ keyword }) => keyword === 'oneOf').map(({ path }) => path);
  const outermost = choices.filter((path) => !choices.some((other) => path !== other && path.startsWith(`${other}/`)));
  // Of a list, the element that fits none of its own alternatives says more than that the list does not fit.
  const named = outermost.map((path) => {
    return choices.find((other) => other.startsWith(`${path}/`) && /^\d+$/.test(other.slice(path.length + 1))) ?? path;
  });
  const insideChoice = (path: string): boolean =>
    outermost.some((choice) => path === choice || path.startsWith(`${choice}/`));
  const plain = errors.filter(({ path }) => !insideChoice(path));
  return [
    ...named.map((path) => ({
      path: fieldName(path),
      message: CHOICES[path.split('/').findLast((part) => !/^\d+$/.test(part))!] ?? 'fits no alternative',
    })),
    ...plain.map((error) => ({ path: fieldName(error.path), message: plainMessage(error) })),
  ];
}

/** All errors in one line. */
export function describe(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
