/**
 * A picture that came as a file of a form. To the contract's validator it looks like the picture of a JSON body, so that forms and
 * JSON bodies are checked against the same schema.
 */
export class Upload {
  readonly base64 = '';
  readonly #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array | undefined) {
    this.#bytes = bytes;
  }

  /** Undefined where the file was over the limit: it was read to its end but not kept. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes;
  }
}
