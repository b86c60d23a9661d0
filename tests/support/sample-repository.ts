import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = resolve(fileURLToPath(import.meta.url), '../../../docs/examples');

/** The files of `docs/examples` by path: a valid repository with every key of every document. Each call answers a fresh map. */
export function sampleRepository(): Map<string, string> {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
    /\.(yaml|json)$/.test(entry.name),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(FOLDER.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')];
    }),
  );
}

/** The sample repository with `from` replaced by `to` in one file, which must hold it. */
export function changed(path: string, from: string, to: string): Map<string, string> {
  const files = sampleRepository();
  const text = files.get(path);
  if (!text?.includes(from)) throw new Error(`${path} does not hold ${JSON.stringify(from)}`);
  return files.set(
    path,
    text.replace(from, () => to),
  );
}
