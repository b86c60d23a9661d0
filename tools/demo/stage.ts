import type { Workspace } from '@signalbox/contracts';
import type { EventLog } from '@signalbox/serving/stores';
import type { ReportAct } from '../report/index.js';
import type { DemoContext } from './context.js';
import type { Meter } from './meter.js';
import type { PodClient } from './pod-client.js';
import type { ProcessGroup } from './process-group.js';
import type { Replay } from './replay.js';
import type { Scratch } from './scratch.js';
import type { DemoShell } from './shell.js';
import type { Terminal } from './terminal.js';

export const MODEL = 'flight-delay';
export const ENVIRONMENT = 'prod';

/** What every act works with. Acts only do what a person could type, and measure. */
export interface Stage {
  readonly context: Pick<DemoContext, 'signal' | 'env' | 'runVerb' | 'wallNow'>;
  readonly scratch: Scratch;
  readonly shell: DemoShell;
  readonly terminal: Terminal;
  readonly processes: ProcessGroup;
  readonly meter: Meter;
  /** Whether pods go on after the demo. */
  readonly keep: boolean;
  /** A JSON line for each manifest that the reconciler published. */
  readonly rolloutLog: string;
}

/** Adds a sentence to an act's story: on the terminal at once, in the report later. */
export type Tell = (sentence: string) => void;

/** Act 1 leaves this for the acts after it. */
export interface Serving {
  readonly workspace: Workspace;
  readonly log: EventLog;
  readonly replay: Replay;
  readonly pods: readonly PodClient[];
}

/** Runs acts one after the other: says when each begins, times it, and keeps what it told. */
export class Acts {
  readonly #stage: Stage;
  readonly #told: ReportAct[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get told(): readonly ReportAct[] {
    return this.#told;
  }

  /** What the act returns is for the acts after it. */
  async play<T>(
    { name, plot }: { readonly name: string; readonly plot: string },
    act: (tell: Tell) => Promise<T>,
  ): Promise<T> {
    const { terminal } = this.#stage;
    const startedAt = performance.now();
    const story: string[] = [];
    terminal.heading(`Act ${this.#told.length + 1}  ${name}`, plot);
    const left = await act((sentence) => {
      story.push(sentence);
      terminal.told(sentence);
    });
    this.#told.push({ name, seconds: (performance.now() - startedAt) / 1000, story });
    return left;
  }
}
