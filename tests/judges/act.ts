import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../e2e/command.js';
import type { ScratchForge } from './scratch-forge.js';
import { findTool } from './tool.js';
import { CHECKOUT, usedActions } from './workflow-files.js';

/** What the local forge is called where GitHub would say `owner/name`. */
export const REPOSITORY = 'ada/flights';
/** A run that hangs is stopped before its test is. */
const LIMIT_MS = 170_000;
const ACTIONS = fileURLToPath(new URL('./actions/', import.meta.url));

export interface Run {
  /** `success`, `failure` or `skipped` of each step that was reached, by `<job>: <step>`. */
  readonly steps: ReadonlyMap<string, string>;
  /** By the job's id. */
  readonly jobs: ReadonlyMap<string, string>;
  readonly exitCode: number;
  /** Everything that was said, workflow commands included. */
  readonly log: string;
}

export interface Trigger {
  /** A file of `.github/workflows`. */
  readonly workflow: string;
  readonly event: string;
  /** What artifacts are kept under; a later run may ask for those of an earlier one. */
  readonly runId?: string;
  /** What GitHub's event would say of itself. */
  readonly payload?: unknown;
  /** The branch that the event is about. */
  readonly branch: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs a workflow by act in host mode: its steps are processes of this machine, its remote actions the stand-ins in `actions/`. */
export async function runWorkflow({ folder, forge }: ScratchForge, trigger: Trigger): Promise<Run> {
  const home = await mkdtemp(join(folder, 'act-'));
  const clone = join(home, 'clone');
  await git(home, 'clone', '--quiet', '--branch', trigger.branch, forge, clone);
  await writeFile(join(home, 'event.json'), JSON.stringify(trigger.payload ?? {}));
  await writeFile(join(home, 'secrets'), envFile({ GITHUB_TOKEN: 'of-this-run', ...trigger.secrets }));
  await writeFile(join(home, 'none'), '');
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const argv = [
    trigger.event,
    ...[
      '--json',
      '--no-skip-checkout',
      '--no-cache-server',
      '-C',
      clone,
      '-W',
      join('.github', 'workflows', trigger.workflow),
    ],
    ...['-P', 'ubuntu-latest=-self-hosted', '--action-cache-path', join(home, 'cache')],
    ...['--eventpath', join(home, 'event.json'), '--secret-file', join(home, 'secrets')],
    ...['--env-file', join(home, 'none'), '--var-file', join(home, 'none'), '--input-file', join(home, 'none')],
    ...pairs('--var', trigger.variables ?? {}),
    ...pairs('--env', {
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_ID: trigger.runId ?? '1',
      JUDGE_ARTIFACTS: join(folder, 'artifacts-of-runs'),
      JUDGE_FORGE: forge,
      JUDGE_CHECKOUT: CHECKOUT,
      SIGNALBOX_SKIP_BUILD: '1',
    }),
    ...usedActions().flatMap((action) => ['--local-repository', `${action}=${join(ACTIONS, nameOf(action))}`]),
  ];
  const { exitCode, output } = await execute(findTool('act'), argv, home);
  return { exitCode, ...readLog(output) };
}

/** `actions/checkout@<commit>` is stood in for by `actions/checkout/`. */
const nameOf = (action: string) => /\/([\w-]+)@/.exec(action)![1]!;

const envFile = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');

/** With a home of its own, so that nobody's settings of act or npm judge along. */
function execute(file: string, argv: readonly string[], cwd: string) {
  const env = { ...process.env, HOME: cwd, XDG_CACHE_HOME: cwd, XDG_CONFIG_HOME: cwd };
  return new Promise<{ exitCode: number; output: string }>((resolve) => {
    execFile(file, [...argv], { cwd, env, maxBuffer: 1e8, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code ?? -1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

interface LogLine {
  readonly msg?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
  readonly stage?: string;
  readonly step?: string;
  readonly stepResult?: string;
}

function readLog(output: string): Omit<Run, 'exitCode'> {
  const [steps, jobs] = [new Map<string, string>(), new Map<string, string>()];
  const said: string[] = [];
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) {
      said.push(line);
      continue;
    }
    const { jobID, jobResult, msg, stage, step, stepResult } = JSON.parse(line) as LogLine;
    if (stepResult !== undefined && stage === 'Main') steps.set(`${jobID}: ${step}`, stepResult);
    if (jobResult !== undefined) jobs.set(jobID!, jobResult);
    if (msg !== undefined) said.push(msg.trimEnd());
  }
  return { steps, jobs, log: said.join('\n') };
}
