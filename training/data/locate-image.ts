import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Names that a record gives its picture by itself, beside or instead of the rule of its format. */
export interface NamedImage {
  filename?: string | undefined;
  image?: string | undefined;
}

/** The names by themselves, the first to be tried first. */
export const givenNames = ({ filename, image }: NamedImage): string[] =>
  [filename, image].filter((name) => name !== undefined);

/** The absolute path of the first of `names` that is there, relative ones in `folder`; of the very first where none is. */
export function locateImage(folder: string, names: readonly string[]): string {
  const paths = names.map((name) => resolve(folder, name));
  return (paths.length > 1 && paths.find((path) => existsSync(path))) || paths[0]!;
}
