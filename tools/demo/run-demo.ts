import { join } from 'node:path';
import { improve } from './acts/improve.js';
import { propose } from './acts/propose.js';
import { prove } from './acts/prove.js';
import { revert } from './acts/revert.js';
import { closing, type DemoResult } from './closing.js';
import type { DemoContext } from './context.js';
import { Meter } from './meter.js';
import { ProcessGroup } from './process-group.js';
import { createScratch, type Scratch } from './scratch.js';
import { DemoShell } from './shell.js';
import { playAct, type Stage } from './stage.js';
import { createTerminal } from './terminal.js';

export interface DemoOptions {
  /** Where to play; a new folder under the system's temporary folder unless given. */
  readonly folder?: string;
  /** Leaves the pods running. */
  readonly keep: boolean;
}

/**
 * The whole story on real flights: propose, improve, revert, prove. Whatever happens, an error or Ctrl-C included, every process that it
 * started is stopped (with `keep`: left running only at a good end), and nothing is written outside its scratch folder.
 */
export async function runDemo(context: DemoContext, options: DemoOptions): Promise<DemoResult> {
  const startedAt = performance.now();
  const { signal } = context;
  const scratch = await createScratch({ signal, ...(options.folder ? { folder: options.folder } : {}) });
  const stage = createStage(context, scratch, options.keep);
  try {
    const result = await play(stage, startedAt);
    if (options.keep) stage.processes.leaveRunning();
    else await stage.processes.stopAll();
    if (!options.keep) await scratch.remove({ report: true });
    return result;
  } catch (error) {
    await stage.processes.stopAll();
    if (signal.aborted) await scratch.remove({ report: false });
    else
      stage.terminal.sentence(
        `What the demo made so far is kept in ${scratch.folder}; what each process said is in its logs folder.`,
      );
    throw error;
  }
}

function createStage(context: DemoContext, scratch: Scratch, keep: boolean): Stage {
  const terminal = createTerminal(context.say, { colour: context.interactive });
  return {
    context,
    scratch,
    terminal,
    keep,
    shell: new DemoShell(context, terminal, scratch.work),
    processes: new ProcessGroup(),
    meter: new Meter(),
    rolloutLog: join(scratch.logs, 'rollout.jsonl'),
  };
}

async function play(stage: Stage, startedAt: number): Promise<DemoResult> {
  const first = await playAct(
    stage,
    { number: 1, name: 'Propose', plot: 'A model that predicts late flights is proposed, gated and released.' },
    (tell) => propose(stage, tell),
  );
  const { serving } = first.left;
  try {
    const second = await playAct(
      stage,
      {
        number: 2,
        name: 'Improve',
        plot: 'A pull request adds a feature view; its version 2 goes live behind a canary.',
      },
      (tell) => improve(stage, serving, tell),
    );
    const third = await playAct(
      stage,
      { number: 3, name: 'Revert', plot: 'Somebody wants version 1 back: one git revert.' },
      (tell) => revert(stage, serving, tell),
    );
    const actsEndUs = serving.replay.nowUs;
    const fourth = await playAct(
      stage,
      { number: 4, name: 'Prove', plot: 'Did pods serve what training sees? And does it hold for all of the data?' },
      (tell) => prove(stage, serving, tell),
    );
    return await closing(stage, serving, {
      acts: [first.told, second.told, third.told, fourth.told],
      actsEndUs,
      proposed: [first.left.proposed, second.left],
      rollback: third.left,
      parity: fourth.left,
      startedAt,
    });
  } finally {
    await Promise.all(serving.pods.map((pod) => pod.close()));
    await serving.log.close();
  }
}
