import { expect } from '../../model/errors.js';
import type { Tensor } from '../../model/safetensors/tensor.js';
import { toFloats } from '../../model/safetensors/to-floats.js';
import type { Floats } from './floats.js';

/** A parameter of ours made of published tensors. */
export interface PublishedParameter extends Floats {
  /** The names of those tensors. */
  from: readonly string[];
}

/** Published weights under the names of model/README.md. */
export interface PublishedWeights {
  parameters: Map<string, PublishedParameter>;
  /** Tensors of the file that stand for nothing here. */
  unexpected: string[];
}

/** Which published weights those of an encoder are, and how they are named. */
export interface PublishedLayout {
  /** Of the encoder whose parameters they become. */
  encoder: string;
  /** What the file should be, for people. */
  kind: string;
  /** A name that such a file always has; what stands before it is a prefix of all others. */
  anchor: string;
  /** Published names, without the prefix, that are left out without a word. */
  ignored: RegExp;
  /** What to write into the recipe where a parameter's shape differs, by its name. */
  advice: Readonly<Record<string, string>>;
  translate(tensors: NamedTensors): Map<string, PublishedParameter>;
}

/** The tensors of an encoder by their published names; what is taken is remembered. */
export class NamedTensors {
  readonly #taken = new Set<string>();
  constructor(
    readonly what: string,
    readonly prefix: string,
    readonly tensors: ReadonlyMap<string, Tensor>,
  ) {}

  /** Names, without the prefix, of those that have it. */
  names(): string[] {
    return [...this.tensors.keys()].flatMap((name) =>
      name.startsWith(this.prefix) ? [name.slice(this.prefix.length)] : [],
    );
  }

  has = (name: string): boolean => this.tensors.has(this.prefix + name);

  /** Throws an ExpectationError when its elements are no floating-point numbers. */
  take(name: string): PublishedParameter {
    const full = this.prefix + name;
    const tensor = this.tensors.get(full)!;
    this.#taken.add(full);
    return { shape: tensor.shape, data: toFloats(tensor, `${this.what}: ${full}`), from: [full] };
  }

  isTaken = (name: string): boolean => this.#taken.has(name);
}

/** What stands before the encoder's names, such as `module.` or `visual_encoder.`: the shortest, where a file has several encoders. */
function findPrefix(what: string, { kind, anchor }: PublishedLayout, tensors: ReadonlyMap<string, Tensor>): string {
  const prefixes = [...tensors.keys()].flatMap((name) =>
    name === anchor || name.endsWith(`.${anchor}`) ? [name.slice(0, -anchor.length)] : [],
  );
  const got = `${tensors.size} tensors without one (${[...tensors.keys()].slice(0, 5).join(', ')})`;
  expect(prefixes.length > 0, what, `${kind}, with a tensor ${anchor}`, got);
  return prefixes.reduce((best, prefix) => (prefix.length < best.length ? prefix : best));
}

/** Brings published weights under our names. Throws an ExpectationError that names `what` when the file is of another kind. */
export function translateWeights(
  what: string,
  layout: PublishedLayout,
  tensors: ReadonlyMap<string, Tensor>,
): PublishedWeights {
  const prefix = findPrefix(what, layout, tensors);
  const named = new NamedTensors(what, prefix, tensors);
  const parameters = new Map(
    [...layout.translate(named)].map(([name, parameter]) => [`${layout.encoder}.${name}`, parameter]),
  );
  const isIgnored = (name: string) => name.startsWith(prefix) && layout.ignored.test(name.slice(prefix.length));
  const unexpected = [...tensors.keys()].filter((name) => !named.isTaken(name) && !isIgnored(name));
  return { parameters, unexpected };
}
