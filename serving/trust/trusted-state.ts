import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import type { SerialFloor } from './check-manifests.js';
import { TRUST_LIMITS } from './limits.js';
import type { RepositoryBytes } from './verify-repository.js';

const SCHEMA = 'signalbox/trusted-state/1';

/** What a pod remembers between runs. One file, so that it is swapped whole or not at all. */
export interface TrustedState {
  readonly environment: string;
  /** Of `timestamp.json` in the store. */
  readonly etag: string;
  readonly verifiedAtMs: number;
  readonly bytes: RepositoryBytes;
  readonly floors: ReadonlyMap<string, SerialFloor>;
}

/** Null when there is none; throws `store/corrupt` when it is not ours or not whole, `store/unavailable` when it cannot be read. */
export async function loadTrustedState(path: string): Promise<TrustedState | null> {
  let text: string;
  try {
    if ((await stat(path)).size > TRUST_LIMITS.stateBytes) throw corrupt(path, 'it is too large');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (cause instanceof SignalboxError) throw cause;
    throw new SignalboxError('store/unavailable', `the cached trust state ${path} cannot be read`, { cause });
  }
  try {
    return decode(JSON.parse(text) as unknown);
  } catch (cause) {
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause));
  }
}

/** Atomic: temporary name, fsync, rename. */
export async function saveTrustedState(path: string, state: TrustedState): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(encode(state)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    throw new SignalboxError('store/unavailable', `the trust state cannot be written to ${path}`, {
      hint: 'Check that the cache folder is writable and that its disk is not full.',
      retryable: true,
      cause,
    });
  }
}

const corrupt = (path: string, why: string): SignalboxError =>
  new SignalboxError('store/corrupt', `the cached trust state ${path} is not usable: ${why}`, {
    hint: 'The pod starts from its pinned root; remove the file to silence this.',
  });

function encode({ environment, etag, verifiedAtMs, bytes, floors }: TrustedState) {
  const text = (each: Uint8Array): string => Buffer.from(each).toString('utf8');
  return {
    schema: SCHEMA,
    environment,
    etag,
    verifiedAtMs,
    roots: bytes.roots.map(text),
    timestamp: text(bytes.timestamp),
    snapshot: text(bytes.snapshot),
    targets: text(bytes.targets),
    rollout: text(bytes.rollout),
    manifests: [...bytes.manifests].map(([model, each]) => [model, text(each)]),
    floors: [...floors].map(([model, { serial, digest }]) => [model, serial, digest]),
  };
}

function decode(value: unknown): TrustedState {
  const fields = record(value);
  if (fields.schema !== SCHEMA) throw new Error(`expected schema ${SCHEMA}`);
  const bytesOf = (each: unknown): Uint8Array => Buffer.from(string(each), 'utf8');
  return {
    environment: string(fields.environment),
    etag: string(fields.etag),
    verifiedAtMs: integer(fields.verifiedAtMs),
    bytes: {
      roots: list(fields.roots).map(bytesOf),
      timestamp: bytesOf(fields.timestamp),
      snapshot: bytesOf(fields.snapshot),
      targets: bytesOf(fields.targets),
      rollout: bytesOf(fields.rollout),
      manifests: new Map(
        list(fields.manifests)
          .map(list)
          .map(([model, text]) => [string(model), bytesOf(text)]),
      ),
    },
    floors: new Map(
      list(fields.floors)
        .map(list)
        .map(([model, serial, digest]) => [string(model), { serial: integer(serial), digest: string(digest) }]),
    ),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('expected an object');
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('expected a list');
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected text');
  return value;
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error('expected a whole number');
  return value as number;
}
