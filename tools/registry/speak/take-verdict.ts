import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_MANIFEST_BYTES, type PackageFileName, parsePackageManifest } from '@signalbox/serving/artifacts';
import { isVisible, parseStrictJson, refused, type TakenFile, takeFiles } from '../../handover/index.js';
import { MAX_MODEL_BYTES } from '../../training/index.js';
import { MANIFEST_FILE, REFUSAL_FILE, VERDICT_FILE } from '../verdict-file.js';
import { assertForm, RefusalFile, VerdictFile } from '../verdict-form.js';

const MIB = 1024 * 1024;

/** Bounds of each file; real ones are far smaller. */
const FILES = {
  [VERDICT_FILE]: { maxBytes: 16 * MIB },
  [MANIFEST_FILE]: { maxBytes: MAX_MANIFEST_BYTES },
  'model.onnx': { maxBytes: MAX_MODEL_BYTES },
  'signature.json': { maxBytes: 16 * MIB },
  'features.json': { maxBytes: 16 * MIB },
  'golden.json': { maxBytes: 16 * MIB },
  'profile.json': { maxBytes: 64 * MIB },
} as const;

/** A verdict in its form, and its package's files, which are to the byte what its digest says. What it says is not believed yet. */
export interface TakenVerdict {
  readonly verdict: VerdictFile;
  /** The manifest and every layer, by digest. */
  readonly blobs: ReadonlyMap<string, TakenFile>;
  /** The layers by their names. */
  readonly layers: ReadonlyMap<PackageFileName, TakenFile>;
}

/** Takes a verdict into an empty folder of ours. No model is loaded. Throws `handover/refused`, `serving/bad-package`. */
export async function takeVerdict(folder: string, into: string): Promise<TakenVerdict> {
  const files = await takeFiles({ folder, into, expected: FILES });
  const bytes = await readFile(files.get(VERDICT_FILE)!.path);
  const bounds = { name: VERDICT_FILE, maxBytes: FILES[VERDICT_FILE].maxBytes, maxDepth: 12 };
  const verdict = assertForm(VerdictFile, parseStrictJson(bytes, bounds), VERDICT_FILE);
  if (!isVisible(verdict)) throw refused(`${VERDICT_FILE} has characters that cannot be seen`, JUDGE_AGAIN);
  return { verdict, ...(await packageFiles(verdict, files)) };
}

/** What stands in place of a verdict where the judge came to none; null where there is a verdict. Throws `handover/refused`. */
export async function takeRefusal(folder: string, into: string): Promise<RefusalFile | null> {
  if ((await stat(join(folder, REFUSAL_FILE)).catch(() => null)) === null) return null;
  const bounds = { name: REFUSAL_FILE, maxBytes: 64 * 1024, maxDepth: 2 };
  const files = await takeFiles({ folder, into, expected: { [REFUSAL_FILE]: { maxBytes: bounds.maxBytes } } });
  const value = parseStrictJson(await readFile(files.get(REFUSAL_FILE)!.path), bounds);
  return assertForm(RefusalFile, value, REFUSAL_FILE);
}

async function packageFiles(
  { package: packed }: VerdictFile,
  files: ReadonlyMap<string, TakenFile>,
): Promise<Pick<TakenVerdict, 'blobs' | 'layers'>> {
  const manifest = files.get(MANIFEST_FILE)!;
  if (manifest.digest !== packed.digest) throw changed(MANIFEST_FILE, packed.digest, manifest);
  const blobs = new Map([[manifest.digest, manifest]]);
  const layers = new Map<PackageFileName, TakenFile>();
  let contentBytes = 0;
  for (const { name, digest, sizeBytes } of parsePackageManifest(await readFile(manifest.path))) {
    const file = files.get(name)!;
    if (file.digest !== digest || file.sizeBytes !== sizeBytes) throw changed(name, digest, file);
    blobs.set(digest, file);
    layers.set(name, file);
    contentBytes += sizeBytes;
  }
  if (packed.sizeBytes === manifest.sizeBytes && packed.contentBytes === contentBytes) return { blobs, layers };
  throw refused(`its package has ${contentBytes} bytes, not ${packed.contentBytes} as it says`, JUDGE_AGAIN);
}

const JUDGE_AGAIN =
  'Judge the commit again: signalbox judge <model> --commit <sha> --handover <folder> --out <folder>.';

function changed(name: string, expected: string, { digest }: TakenFile) {
  return refused(`${name} is ${digest}, and its digest says ${expected}`, JUDGE_AGAIN);
}
