import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { asGitError } from './git-errors.js';
import { type GitObject, ObjectParser } from './object-parser.js';
import { startGit } from './plumbing.js';

/** Of a larger blob nothing is kept: a document is small, and anything else under a document's path is a mistake, or an attack on our memory. */
export const MAX_OBJECT_BYTES = 1024 * 1024;

/** So long a repository's process waits for the next question: a verb asks dozens within a second, a daemon again after seconds. */
const IDLE_MS = 1000;

const READ_OBJECTS = ['cat-file', '--batch'];

/**
 * What each name is of: an id, a revision, `<commit>:<path>`; null where there is nothing by it. One process of Git answers all who ask about a repository,
 * as it stands when they ask. Errors: as `asGitError` says.
 */
export async function readObjects(
  repository: string,
  names: readonly string[],
): Promise<readonly (GitObject | null)[]> {
  if (names.length === 0) return [];
  // A line break would make two questions of one name; Git has no object by such a name.
  const asked = names.map((name) => (/[\n\0]/.test(name) ? '' : name));
  const place = await placeOf(repository);
  const ask = () => readerOf(repository, place).ask(asked);
  // A process that waited for a question may have ended since, and its pipe tells that only to who writes.
  return readers.get(place)?.isOpen ? ask().catch(ask) : ask();
}

function readerOf(repository: string, place: string): ObjectReader {
  const known = readers.get(place);
  const reader = known?.isOpen ? known : new ObjectReader(repository);
  readers.set(place, reader);
  return reader;
}

/** By place: a process goes on in a folder that was moved away, and another may stand at its path by then. */
const readers = new Map<string, ObjectReader>();

async function placeOf(repository: string): Promise<string> {
  const found = (await stat(join(repository, '.git')).catch(() => null)) ?? (await stat(repository).catch(() => null));
  return `${repository} ${found?.dev}:${found?.ino}`;
}

interface Question {
  readonly names: number;
  readonly answers: (GitObject | null)[];
  readonly resolve: (answers: readonly (GitObject | null)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps the program running only while somebody waits for an answer, and ends with it. */
class ObjectReader {
  readonly #process: ChildProcess;
  readonly #waiting: Question[] = [];
  readonly #said: Buffer[] = [];
  #idle: NodeJS.Timeout | undefined;
  isOpen = true;

  constructor(repository: string) {
    this.#process = startGit(repository, READ_OBJECTS);
    const parser = new ObjectParser(MAX_OBJECT_BYTES, (object) => this.#take(object));
    this.#process.stdout!.on('data', (chunk: Buffer) => parser.take(chunk));
    this.#process.stderr!.on('data', (chunk: Buffer) => this.#said.push(chunk));
    this.#process.stdin!.on('error', () => undefined);
    this.#process.once('error', (error) => this.#end(error));
    this.#process.once('close', () => this.#end(new Error(Buffer.concat(this.#said).toString('utf8'))));
  }

  ask(names: readonly string[]): Promise<readonly (GitObject | null)[]> {
    clearTimeout(this.#idle);
    this.#keepsRunning(true);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ names: names.length, answers: [], resolve, reject });
      this.#process.stdin!.write(`${names.join('\n')}\n`);
    });
  }

  #take(object: GitObject | null): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    first.answers.push(object);
    if (first.answers.length < first.names) return;
    this.#waiting.shift();
    if (this.#waiting.length === 0) this.#rest();
    first.resolve(first.answers);
  }

  #rest(): void {
    this.#said.length = 0;
    this.#keepsRunning(false);
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(error?: Error): void {
    this.isOpen = false;
    clearTimeout(this.#idle);
    for (const [place, reader] of readers) if (reader === this) readers.delete(place);
    this.#process.stdin!.end();
    for (const { reject } of this.#waiting.splice(0)) reject(asGitError(error, READ_OBJECTS));
  }

  #keepsRunning(keeps: boolean): void {
    const { stdin, stdout, stderr } = this.#process;
    for (const held of [this.#process, stdin as Socket, stdout as Socket, stderr as Socket]) {
      if (keeps) held.ref();
      else held.unref();
    }
  }
}
