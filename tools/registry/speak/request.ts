import type { Forge, Identity, NewPullRequest, PullRequest } from '../../forge/index.js';
import type { Obstacle } from './obstacles.js';
import type { Outcome } from './statement.js';

export interface SpeakRequest {
  /** The repository; its `.signalbox` is worked in. */
  readonly repo: string;
  readonly forge: Forge;
  /** The number of an open pull request, or the one to open once its branch has what it earned. */
  readonly pullRequest: number | NewPullRequest;
  /** What was judged. */
  readonly commit: string;
  /** What the judges left: a folder, or one with a folder for each; null where nothing was to be judged. */
  readonly verdict: string | null;
  readonly environment: string;
  /** Who commits and comments. */
  readonly identity: Identity;
  readonly progress: (line: string) => void;
  readonly wallNow: () => number;
}

export interface Spoken {
  readonly pullRequest: PullRequest;
  /** The head after it: with the records, where candidates were let through. */
  readonly commit: string;
  readonly outcomes: readonly Outcome[];
  readonly letThrough: boolean;
  /** What stands against merging; empty where it is let through. */
  readonly obstacles: readonly Obstacle[];
  /** False where it had all been said and committed before. */
  readonly changed: boolean;
}
