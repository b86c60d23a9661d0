/** What a name is of in a repository. */
export interface GitObject {
  readonly id: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  /** Of a blob or a commit; null of anything else, and of what is larger than its bound. */
  readonly text: string | null;
}

/** No commit of ours is larger: what others push may be of any size, and any number. */
const MAX_COMMIT_BYTES = 64 * 1024;

/**
 * What `git cat-file --batch` answers, as it comes: for each name `<id> <type> <bytes>`, a line break, the content and a line break, or one line that says why
 * there is nothing (`<name> missing`, `<id> submodule`), which is told as null. Of what is larger than the bound nothing is kept.
 */
export class ObjectParser {
  readonly #maxBytes: number;
  readonly #onAnswer: (object: GitObject | null) => void;
  #line: Buffer = Buffer.alloc(0);
  /** The object whose content comes now. */
  #open: { readonly object: GitObject; readonly kept: Buffer[] | null; leftBytes: number } | null = null;

  constructor(maxBytes: number, onAnswer: (object: GitObject | null) => void) {
    this.#maxBytes = maxBytes;
    this.#onAnswer = onAnswer;
  }

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#open === null ? this.#takeLine(rest) : this.#takeContent(rest);
  }

  #takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(0x0a);
    this.#line = Buffer.concat([this.#line, end === -1 ? chunk : chunk.subarray(0, end)]);
    if (end === -1) return Buffer.alloc(0);
    const found = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) ([0-9]+)$/.exec(this.#line.toString('utf8'));
    this.#line = Buffer.alloc(0);
    if (found === null) this.#onAnswer(null);
    else this.#start({ id: found[1]!, type: found[2] as GitObject['type'], text: null }, Number(found[3]));
    return chunk.subarray(end + 1);
  }

  #start(object: GitObject, sizeBytes: number): void {
    const isKept = sizeBytes <= this.#boundOf(object);
    // The line break after the content is no part of it.
    this.#open = { object, kept: isKept ? [] : null, leftBytes: sizeBytes + 1 };
  }

  #boundOf({ type }: GitObject): number {
    if (type === 'blob') return this.#maxBytes;
    return type === 'commit' ? MAX_COMMIT_BYTES : -1;
  }

  #takeContent(chunk: Buffer): Buffer {
    const open = this.#open!;
    const part = chunk.subarray(0, open.leftBytes);
    open.kept?.push(part);
    open.leftBytes -= part.length;
    if (open.leftBytes === 0) {
      this.#open = null;
      const text = open.kept === null ? null : Buffer.concat(open.kept).subarray(0, -1).toString('utf8');
      this.#onAnswer({ ...open.object, text });
    }
    return chunk.subarray(part.length);
  }
}
