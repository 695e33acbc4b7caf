/**
 * Weights that lie beside the graphs that read them, each once, however many graphs have it: those of a bundle share their encoders' and
 * cross-modality encoders' weights.
 */
export class WeightFile {
  /** The content, in pieces to be written one after the other. */
  readonly chunks: Uint8Array[] = [];
  readonly #known = new Map<string, { bytes: Uint8Array; offset: number }[]>();
  #size = 0;

  /** `location`: where the file will be, relative to the graphs. */
  constructor(readonly location: string) {}

  /** Adds the weights of a tensor, unless the same ones are there under its name, and returns the offset of them. */
  add(name: string, bytes: Uint8Array): number {
    const named = this.#known.get(name) ?? [];
    const same = named.find((other) => Buffer.compare(other.bytes, bytes) === 0);
    if (same) return same.offset;
    const offset = this.#size;
    this.#known.set(name, [...named, { bytes, offset }]);
    this.chunks.push(bytes);
    this.#size += bytes.byteLength;
    return offset;
  }
}
