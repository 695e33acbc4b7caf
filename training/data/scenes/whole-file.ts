import { appendFile, rename, writeFile } from 'node:fs/promises';

/** Characters kept in memory before they are written: few, as other work goes on only while the disk is waited for. */
const CHUNK = 1 << 16;

/** A text file that is written piece by piece beside its final name: under that it is either all there or not at all. */
export class WholeFile {
  readonly #file: string;
  #pending = '';

  private constructor(file: string) {
    this.#file = file;
  }

  /** Begins a file anew, whatever was left of an earlier attempt. */
  static async begin(file: string): Promise<WholeFile> {
    await writeFile(`${file}.part`, '');
    return new WholeFile(file);
  }

  async add(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) await this.#flush();
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.#flush();
    await rename(`${this.#file}.part`, this.#file);
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    await appendFile(`${this.#file}.part`, text);
  }
}
