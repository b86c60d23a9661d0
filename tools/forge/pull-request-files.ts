import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import type { PullRequest } from './forge.js';

/**
 * The records of a local forge: one JSON file a pull request, `signalbox/pulls/<n>.json` inside the bare repository. A record is written
 * aside and then renamed, and a new number is taken by a hard link, which only one of any number of writers can make.
 */
export class PullRequestFiles {
  readonly #folder: string;

  constructor(bareRepository: string) {
    this.#folder = join(bareRepository, 'signalbox', 'pulls');
  }

  async read(number: number): Promise<PullRequest | null> {
    const path = this.#path(number);
    const text = await readFile(path, 'utf8').catch(nullWhereAbsent);
    if (text === null) return null;
    const record = parseRecord(text);
    if (record?.number === number) return record;
    throw new SignalboxError('store/corrupt', `${path} is no record of pull request #${number}`, {
      hint: 'Restore the file from a backup, or remove it: its branch and commits are not touched by that.',
    });
  }

  /** All that can be read, by number: a record of an old pull request that is torn stops nobody who looks for another. */
  async list(): Promise<readonly PullRequest[]> {
    const records = (await this.numbers()).map((number) => this.read(number).catch(nullWhereCorrupt));
    return (await Promise.all(records)).filter((record) => record !== null);
  }

  async numbers(): Promise<readonly number[]> {
    const names = await readdir(this.#folder).catch(nullWhereAbsent);
    return (names ?? [])
      .map((name) => Number(/^([0-9]+)\.json$/.exec(name)?.[1] ?? Number.NaN))
      .filter((number) => Number.isInteger(number))
      .sort((a, b) => a - b);
  }

  async write(record: PullRequest): Promise<void> {
    const temporary = await this.#writeAside(record);
    await rename(temporary, this.#path(record.number));
  }

  /** Takes the next free number. */
  async create(record: Omit<PullRequest, 'number'>): Promise<PullRequest> {
    for (;;) {
      const number = ((await this.numbers()).at(-1) ?? 0) + 1;
      const created = { number, ...record };
      const temporary = await this.#writeAside(created);
      try {
        await link(temporary, this.#path(number));
        return created;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        await rm(temporary, { force: true });
      }
    }
  }

  async #writeAside(record: PullRequest): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const temporary = join(this.#folder, `.${randomUUID()}.tmp`);
    try {
      await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
      return temporary;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  #path(number: number): string {
    return join(this.#folder, `${number}.json`);
  }
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function nullWhereCorrupt(error: unknown): null {
  if (isSignalboxError(error) && error.code === 'store/corrupt') return null;
  throw error;
}

/** Null where a text is no record, as one that was torn when a disk was full. */
function parseRecord(text: string): PullRequest | null {
  try {
    const record = JSON.parse(text) as Partial<PullRequest> | null;
    const { base, head, state, title } = record ?? {};
    return [base, head, state, title].every((one) => typeof one === 'string') ? (record as PullRequest) : null;
  } catch {
    return null;
  }
}
