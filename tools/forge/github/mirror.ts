import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { isSignalboxError } from '@signalbox/contracts';
import { branchTip } from '../create-branch.js';
import type { BranchSource } from '../forge.js';
import { GitRepository } from '../git.js';
import { runPlumbing, runPlumbingLine } from '../plumbing.js';
import { pushBranch } from '../push-branch.js';
import { noBranch } from '../refusals.js';

/** Another process fetches into the same mirror at the same moment. */
const LOCKED = /cannot lock ref|unable to create .*\.lock|unable to update local ref/i;
/** Git waits without end for a server that has stalled; under a kilobyte a second for half a minute is stalled. */
const STALLED = { 'http.lowSpeedLimit': '1000', 'http.lowSpeedTime': '30' };
const ATTEMPTS = 5;
const PAUSE_MS = 200;

export interface MirrorOptions {
  /** Where it lies; it is made when it is not there. */
  readonly folder: string;
  readonly remote: string;
  /** Settings that sign Git in to the remote, asked for anew each time. */
  readonly settings: () => Promise<Readonly<Record<string, string>>>;
}

/** Made aside and renamed, so that it is there whole or not at all, and once when two make it at the same moment. */
async function make(folder: string): Promise<void> {
  const aside = `${folder}-${randomUUID()}`;
  await mkdir(aside, { recursive: true });
  await GitRepository.initialise(aside, { bare: true });
  try {
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/** A bare copy of a repository's branches, to read documents and history from without a request for each. */
export class Mirror {
  readonly folder: string;
  readonly #options: MirrorOptions;
  #fetching: Promise<void> | null = null;

  private constructor(options: MirrorOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  static async open(options: MirrorOptions): Promise<Mirror> {
    if (!existsSync(options.folder)) await make(options.folder);
    return new Mirror(options);
  }

  /** The branches as the remote has them, forced ones and removed ones included. Calls at the same time share one fetch. */
  sync(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** Nothing was ever fetched. */
  async isEmpty(): Promise<boolean> {
    return (await runPlumbingLine(this.folder, ['for-each-ref', '--count=1'])) === '';
  }

  /** Errors: `input/unknown-reference` for a branch that the mirror does not have, `git/conflict` where the remote's has other commits. */
  async publish(branch: string, from?: BranchSource): Promise<void> {
    const commit = from?.commit ?? (await branchTip(this.folder, branch));
    if (commit === null) throw noBranch(this.folder, branch);
    const source = { folder: from?.folder ?? this.folder, commit, env: await this.#environment() };
    await pushBranch(branch, source, this.#options.remote);
  }

  async #fetch(): Promise<void> {
    const what = ['--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', this.#options.remote];
    for (let attempt = 1; ; attempt += 1) {
      try {
        const args = ['fetch', '--quiet', ...what, '+refs/heads/*:refs/heads/*'];
        await runPlumbing(this.folder, args, { env: await this.#environment() });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !isSignalboxError(error) || !LOCKED.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
      }
    }
  }

  /** Settings go by the environment: an argument can be read by everybody on the machine. Nothing is ever asked at a terminal. */
  async #environment(): Promise<Readonly<Record<string, string>>> {
    const settings = Object.entries({ ...STALLED, ...(await this.#options.settings()) });
    const count = Number(process.env.GIT_CONFIG_COUNT ?? 0);
    const env: Record<string, string> = { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_COUNT: String(count + settings.length) };
    for (const [i, [key, value]] of settings.entries()) {
      env[`GIT_CONFIG_KEY_${count + i}`] = key;
      env[`GIT_CONFIG_VALUE_${count + i}`] = value;
    }
    return env;
  }
}
