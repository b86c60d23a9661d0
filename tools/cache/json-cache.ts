import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestJson, SignalboxError } from '@signalbox/contracts';

/**
 * Results by the digest of their inputs: `<folder>/<name>/<hex>.json`. Deleting it costs time, never truth, so an entry that cannot be read
 * counts as absent.
 */
export interface JsonCache {
  read<T>(name: string, inputs: unknown): Promise<T | null>;
  write(name: string, inputs: unknown, value: unknown): Promise<void>;
}

export function openJsonCache(folder: string): JsonCache {
  const path = (name: string, inputs: unknown): string =>
    join(folder, name, `${digestJson(inputs).slice('sha256:'.length)}.json`);
  return {
    read: async <T>(name: string, inputs: unknown) => {
      try {
        return JSON.parse(await readFile(path(name, inputs), 'utf8')) as T;
      } catch {
        return null;
      }
    },
    write: async (name, inputs, value) => {
      const target = path(name, inputs);
      const temporary = `${target}.${randomUUID()}`;
      try {
        await mkdir(dirname(target), { recursive: true });
        await writeFile(temporary, JSON.stringify(value));
        await rename(temporary, target);
      } catch (cause) {
        throw new SignalboxError('store/unavailable', `cannot write the cache ${target}`, {
          cause,
          hint: 'Check space and rights.',
        });
      }
    },
  };
}
