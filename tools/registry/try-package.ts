import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { fetchPackage } from '@signalbox/serving/artifacts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { InfrastructureEvidence } from '../gates/index.js';
import { failedTrial, type Trial } from './trial.js';

export interface TryPackageRequest {
  readonly store: BlobStore;
  readonly digest: string;
  readonly contentBytes: number;
  /** Where packages are fetched to; they are verified as a pod verifies them. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal;
}

/** Loading eight gigabytes takes minutes; a model that has not answered after ten never will. */
const DEADLINE_MS = 600_000;

/** Of what a failing process said, so much is shown. */
const SHOWN_CHARACTERS = 300;

/**
 * Fetches and verifies a package as a pod does, and tries it in a process of its own: nothing else counts into its memory or its latency, it sees
 * no secret of the environment, and a file that crashes the runtime ends that process only. A package that fails is evidence; a store that is
 * away throws.
 */
export async function tryPackage(request: TryPackageRequest): Promise<InfrastructureEvidence> {
  const { store, digest, cacheFolder, contentBytes } = request;
  let folder: string;
  try {
    folder = await fetchPackage(store, digest, { cacheDir: cacheFolder });
  } catch (error) {
    if (isSignalboxError(error) && error.code === 'serving/bad-package') {
      return { ...failedTrial(error.message), packageBytes: contentBytes };
    }
    throw error;
  }
  return { ...(await runTrial(folder, request.signal)), packageBytes: contentBytes };
}

function runTrial(folder: string, signal: AbortSignal | undefined): Promise<Trial> {
  const child = spawn(process.execPath, [trialProcess(), folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (bytes) => {
    output += bytes;
  });
  child.stderr.on('data', (bytes) => {
    complaint = (complaint + bytes).slice(-SHOWN_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve(JSON.parse(output) as Trial);
      else if (killedBy !== null) resolve(failedTrial(`the process that loaded it was ended by ${killedBy}`));
      else reject(new SignalboxError('internal/bug', `the trial of a package failed: ${complaint.trim()}`));
    });
  });
}

/** From source (in tests) the built program is used: a process starts from JavaScript only. */
function trialProcess(): string {
  const beside = fileURLToPath(new URL('./trial-process.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../dist/registry/trial-process.js', import.meta.url));
}
