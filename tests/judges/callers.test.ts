import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { callerWorkflows } from '@signalbox/tools/init';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findTool } from './tool.js';
import { CHECKOUT, readWorkflows, type Workflow } from './workflow-files.js';

interface Call {
  readonly uses: string;
  readonly if?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

interface Callable {
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

const program = { repository: 'signalbox/signalbox', commit: 'a'.repeat(40) };
const called = new Map(readWorkflows().map(({ name, workflow }) => [name, workflow]));
const callers = [...callerWorkflows(program)].map(([path, text]) => ({
  path,
  text,
  workflow: parse(text) as Workflow,
}));

describe('the workflows that init --github writes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-callers-'));
    spawnSync('git', ['init', '--quiet', folder]);
    for (const { path, text } of callers) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  const judge = (tool: 'actionlint' | 'zizmor', ...argv: string[]) => {
    const { status, stdout } = spawnSync(findTool(tool), argv, { cwd: folder, encoding: 'utf8' });
    return [status, stdout];
  };

  it('are clean under actionlint and under zizmor’s auditor', () => {
    expect(judge('actionlint', '-no-color')).toEqual([0, '']);
    const clean = expect.stringContaining('No findings to report');
    expect(judge('zizmor', '--offline', '--quiet', '--no-progress', '--persona', 'auditor', '.')).toEqual([0, clean]);
  });

  it('call each of ours but the project’s own checks, pinned by commit', () => {
    const names = callers.map(({ path }) => path.split('/').at(-1)!);
    expect(names.sort()).toEqual([...called.keys()].filter((name) => name !== 'ci.yml').sort());
  });

  it('are, for pull requests, the eleven lines that the documentation shows', async () => {
    const page = await readFile(join(CHECKOUT, 'docs', 'workflows.md'), 'utf8');
    const [, shown = ''] =
      /in eleven lines\n[^`]*```yaml\n([^`]*)```/.exec(page.replaceAll('`init --github`', 'init')) ?? [];
    const [, ...lines] = callers.find(({ path }) => path.endsWith('/pull-request.yml'))!.text.split('\n');
    const commit = new RegExp(`@${program.commit} # \\w+`);
    expect(shown).toBe(lines.join('\n').replace(commit, '@<commit>'));
    expect(lines.filter((line) => line !== '')).toHaveLength(11);
  });

  it.each(callers)('$path: gives the called jobs what they need, and no more', ({ path, text, workflow }) => {
    const name = path.split('/').at(-1)!;
    const [job] = Object.values(workflow.jobs) as unknown as Call[];
    const { jobs, on } = called.get(name)!;
    expect(job!.uses).toBe(`signalbox/signalbox/.github/workflows/${name}@${'a'.repeat(40)}`);
    const callable = (on.workflow_call ?? {}) as Callable;
    expect(Object.keys(job!.secrets ?? {})).toEqual(Object.keys(callable.secrets ?? {}));
    const required = Object.entries(callable.inputs ?? {}).filter(([, { required }]) => required);
    expect(Object.keys(job!.with ?? {})).toEqual(expect.arrayContaining(required.map(([input]) => input)));
    const rights = Object.values(jobs).flatMap(({ permissions }) => Object.entries(permissions as object));
    expect(job!.permissions).toEqual(Object.fromEntries(rights));
    expect(job!.if).toBe(name === 'pull-request.yml' ? jobs.documents!.if : undefined);
    expect(text.split('\n').length).toBeLessThanOrEqual(24);
  });
});
