import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateDocumentation, SAMPLES_FOLDER } from './documentation.js';

/** Everything that is generated for the repository at `root`, by path. */
export async function generateFor(root: string): Promise<Map<string, string>> {
  const folder = join(root, SAMPLES_FOLDER);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(yaml|json)$/.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
  const texts = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const),
  );
  return generateDocumentation(new Map(texts));
}

/** Writes the pages and schemas; answers the paths that changed. */
export async function writeDocumentation(root: string): Promise<string[]> {
  const changed: string[] = [];
  for (const [path, text] of await generateFor(root)) {
    const file = join(root, path);
    if ((await readFile(file, 'utf8').catch(() => null)) === text) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    changed.push(path);
  }
  return changed;
}
