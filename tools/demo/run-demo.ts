import { join } from 'node:path';
import { badRelease } from './acts/bad-release.js';
import { drift } from './acts/drift.js';
import { leak } from './acts/leak.js';
import { lineage } from './acts/lineage.js';
import { propose } from './acts/propose.js';
import { prove } from './acts/prove.js';
import { revert } from './acts/revert.js';
import { watch } from './acts/watch.js';
import { closing, type DemoResult } from './closing.js';
import type { DemoContext } from './context.js';
import { Meter } from './meter.js';
import { PLOTS } from './plots.js';
import { ProcessGroup } from './process-group.js';
import { createScratch, type Scratch } from './scratch.js';
import { DemoShell } from './shell.js';
import { Acts, type Stage } from './stage.js';
import { createTerminal } from './terminal.js';

export interface DemoOptions {
  /** Where to play; a new folder under the system's temporary folder unless given. */
  readonly folder?: string;
  /** Leaves the pods running. */
  readonly keep: boolean;
}

/**
 * The whole story on real flights, act by act. Whatever happens, an error or Ctrl-C included, every process that it
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
  const acts = new Acts(stage);
  const opening = await acts.play(PLOTS.propose, (tell) => propose(stage, tell));
  const { serving } = opening;
  try {
    const watched = await acts.play(PLOTS.watch, (tell) => watch(stage, serving, tell));
    const rollback = await acts.play(PLOTS.revert, (tell) => revert(stage, serving, tell));
    const third = await acts.play(PLOTS.badRelease, (tell) => badRelease(stage, serving, tell));
    const leaked = await acts.play(PLOTS.leak, (tell) => leak(stage, tell));
    const actsEndUs = serving.replay.nowUs;
    const parity = await acts.play(PLOTS.prove, (tell) => prove(stage, serving, tell));
    const drifted = await acts.play(PLOTS.drift, (tell) => drift(stage, tell));
    const traced = await acts.play(PLOTS.lineage, (tell) => lineage(stage, watched.answer, tell));
    return await closing(stage, serving, {
      acts: acts.told,
      actsEndUs,
      proposed: [opening.proposed, watched.proposed, third],
      rollback,
      leaked,
      parity,
      drifted,
      traced,
      startedAt,
    });
  } finally {
    await Promise.all(serving.pods.map((pod) => pod.close()));
    await serving.log.close();
  }
}
