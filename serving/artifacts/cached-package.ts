import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePackageManifest } from './oci-manifest.js';

/** The OCI manifest itself, kept beside the files that it lists. */
export const MANIFEST_FILE = 'manifest.json';

/**
 * Whether a folder on this machine is the package: null when it is, to the byte; else why not. Only regular files with one link and a listed
 * name are taken: a link would let the bytes change, or lie elsewhere, after they were checked.
 */
export async function cachedPackageProblem(folder: string, digest: string): Promise<string | null> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (names === null) return 'absent';
  try {
    const manifest = await readFile(join(folder, MANIFEST_FILE));
    if (`sha256:${createHash('sha256').update(manifest).digest('hex')}` !== digest) return 'its manifest changed';
    const layers = parsePackageManifest(manifest);
    const listed = new Set<string>([MANIFEST_FILE, ...layers.map((layer) => layer.name)]);
    const extra = names.find((name) => !listed.has(name));
    if (extra !== undefined) return `${extra} does not belong to it`;
    for (const layer of layers) {
      const path = join(folder, layer.name);
      const info = await lstat(path);
      if (!info.isFile() || info.nlink !== 1) return `${layer.name} is not a regular file with one link`;
      if (info.size !== layer.sizeBytes || (await digestOfFile(path)) !== layer.digest) return `${layer.name} changed`;
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
