import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(CHECKOUT, '.github', 'workflows');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>>;
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
      return { name, text, workflow, steps: Object.values(workflow.jobs).flatMap(({ steps }) => steps) };
    });
}
