/**
 * What `git cat-file --batch` answers, as it comes: for each name `<id> <type> <bytes>`, a line break, the content and a line break, or one line that says why
 * there is nothing (`<name> missing`, `<id> submodule`). Of what is larger than the bound nothing is kept.
 */
export class BlobReader {
  /** The text of each blob; null where the name is of nothing, or of a folder. */
  readonly answers: (string | null)[] = [];
  /** What each name is of: `blob`, `tree`, `commit`, `tag`; null where it is of nothing here. */
  readonly types: (string | null)[] = [];
  readonly #maxBytes: number;
  readonly #tooLarge: string;
  #line: Buffer = Buffer.alloc(0);
  /** The object whose content comes now. */
  #open: { readonly kept: Buffer[] | null; leftBytes: number; readonly instead: string | null } | null = null;

  /** `tooLarge` stands for what is larger than `maxBytes`. */
  constructor(maxBytes: number, tooLarge: string) {
    this.#maxBytes = maxBytes;
    this.#tooLarge = tooLarge;
  }

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#open === null ? this.#takeLine(rest) : this.#takeContent(rest);
  }

  #takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(0x0a);
    this.#line = Buffer.concat([this.#line, end === -1 ? chunk : chunk.subarray(0, end)]);
    if (end === -1) return Buffer.alloc(0);
    const [, type, size] = / ([a-z]+) ([0-9]+)$/.exec(this.#line.toString('utf8')) ?? [];
    this.#line = Buffer.alloc(0);
    this.types.push(type ?? null);
    if (size === undefined) this.answers.push(null);
    else this.#open = this.#startOf(type!, Number(size));
    return chunk.subarray(end + 1);
  }

  #startOf(type: string, sizeBytes: number) {
    // The line break after the content is no part of it.
    const leftBytes = sizeBytes + 1;
    const isKept = type === 'blob' && sizeBytes <= this.#maxBytes;
    return { kept: isKept ? [] : null, leftBytes, instead: type === 'blob' ? this.#tooLarge : null };
  }

  #takeContent(chunk: Buffer): Buffer {
    const open = this.#open!;
    const part = chunk.subarray(0, open.leftBytes);
    open.kept?.push(part);
    open.leftBytes -= part.length;
    if (open.leftBytes === 0) {
      this.answers.push(open.kept === null ? open.instead : Buffer.concat(open.kept).subarray(0, -1).toString('utf8'));
      this.#open = null;
    }
    return chunk.subarray(part.length);
  }
}
