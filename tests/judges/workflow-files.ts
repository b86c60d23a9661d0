import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(CHECKOUT, '.github', 'workflows');

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

/** A job of steps, or a call of another workflow. */
export interface Job {
  readonly if?: string;
  readonly permissions?: unknown;
  readonly environment?: string;
  readonly 'runs-on'?: string;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly 'run-name'?: string;
  readonly concurrency?: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface WorkflowFile {
  readonly name: string;
  readonly text: string;
  readonly workflow: Workflow;
  readonly steps: readonly Step[];
}

export function readWorkflows(): readonly WorkflowFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      const workflow = parse(text) as Workflow;
      return { name, text, workflow, steps: Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps) };
    });
}

/** Every action of others, `owner/name@commit`, that the workflows and our own action use. */
export function usedActions(): readonly string[] {
  const setup = readFileSync(join(CHECKOUT, '.github', 'actions', 'setup', 'action.yml'), 'utf8');
  const { runs } = parse(setup) as { readonly runs: { readonly steps: readonly Step[] } };
  const steps = [...readWorkflows().flatMap((one) => one.steps), ...runs.steps];
  return [...new Set(steps.flatMap(({ uses }) => uses ?? []))].filter((uses) => !uses.startsWith('$/'));
}
