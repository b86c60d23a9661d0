import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerWorkflows } from '@signalbox/tools/init';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHECKOUT, type Job, readWorkflows, type Step, type Workflow } from './workflow-files.js';

const workflows = new Map(readWorkflows().map(({ name, workflow }) => [name, workflow]));
const jobOf = (name: string, job: string): Job => workflows.get(`${name}.yml`)!.jobs[job]!;
const textOf = (value: unknown) => JSON.stringify(value);
const expression = (text: string) => `\${{ ${text} }}`;
const inputsOf = ({ with: inputs = {} }: Step) => inputs;

/** Jobs of a run, those of the workflows that it calls included. */
function jobsOfRun({ jobs }: Workflow): readonly Job[] {
  return Object.values(jobs).flatMap((job) => {
    const [, called] = /^\$\/\.github\/workflows\/(.+)$/.exec(job.uses ?? '') ?? [];
    return called === undefined ? [job] : jobsOfRun(workflows.get(called)!);
  });
}

const stepsOf = (jobs: readonly Job[], action: string) =>
  jobs.flatMap(({ steps = [] }) => steps).filter(({ uses }) => uses?.startsWith(`actions/${action}@`));

describe('what a pull request’s code could have written', () => {
  const trains = [...workflows.values()].filter((one) => textOf(jobsOfRun(one)).includes('signalbox train '));

  it('is in no run that judges, speaks or has a secret', () => {
    expect(trains.map(({ name }) => name)).toEqual(['fork', 'pull-request']);
    for (const workflow of trains) {
      expect(textOf(jobsOfRun(workflow))).not.toMatch(/signalbox (judge|speak)|secrets\.|verdict/);
      expect(stepsOf(jobsOfRun(workflow), 'download-artifact')).toEqual([]);
    }
  });

  it('is taken for no verdict: these come from the run of the judge alone', () => {
    const { judge, plan, speak } = workflows.get('report.yml')!.jobs;
    expect(Object.keys(workflows.get('report.yml')!.on.workflow_call as object)).toEqual(['secrets']);
    const [taken, ...others] = stepsOf([plan!, judge!], 'download-artifact').map(inputsOf);
    expect([taken?.name, taken?.['run-id'], others]).toEqual([
      `handover-${expression('matrix.model')}`,
      expression('github.event.workflow_run.id'),
      [],
    ]);
    const verdicts = stepsOf([speak!], 'download-artifact').map(inputsOf);
    expect(verdicts).toEqual([{ pattern: 'verdict-*', path: '.signalbox/verdicts' }]);
  });

  it('comes to the jobs of report.yml as the page of the workflows has it', () => {
    const page = readFileSync(join(CHECKOUT, 'docs', 'workflows.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)` \| `([^`]+)` \| ([^|]+) \|/gm)].map(([, job, value, by]) => [
      job,
      value,
      by,
    ]);
    const used = Object.entries(workflows.get('report.yml')!.jobs).flatMap(([name, job]) =>
      [...new Set(textOf(job).match(/workflow_run\.[a-z_.]+/g))].map((value) => [name, value]),
    );
    const listed = documented.filter(([, value]) => value!.startsWith('workflow_run.'));
    expect(listed.map(([job, value]) => [job, value]).sort()).toEqual(used.sort());
    expect(new Set(listed.map(([, , by]) => by))).toEqual(new Set(['GitHub', 'a maintainer']));
  });
});

describe('which pull request a report is about', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-asked-'));
    writeFileSync(join(folder, 'output'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const commit = 'c'.repeat(40);
  const { run = '' } = jobOf('report', 'plan').steps!.find((step) => textOf(step).includes('display_title'))!;
  function ask(title: string, isFork = true) {
    const env = { ...process.env, HEAD: 'd'.repeat(40), IS_FORK: String(isFork), TITLE: title };
    const output = join(folder, 'output');
    writeFileSync(output, '');
    const { status } = spawnSync('bash', ['-e', '-c', run], { env: { ...env, GITHUB_OUTPUT: output } });
    return { status, output: readFileSync(output, 'utf8') };
  }

  it('is what a maintainer named, by the very title that fork.yml and its caller give their runs', () => {
    const caller = callerWorkflows({ repository: 'a/b', commit }).get('.github/workflows/fork.yml')!;
    const names = [workflows.get('fork.yml')!, parse(caller) as Workflow].map((one) => one['run-name']!);
    expect(new Set(names).size).toBe(1);
    const title = names[0]!
      .replace(expression('inputs.pull-request'), '7')
      .replace(expression('inputs.commit'), commit);
    expect(ask(title)).toEqual({ status: 0, output: `pull-request=7\ncommit=${commit}\n` });
  });

  it.each([
    `Pull request 7 at ${commit}0`,
    `Pull request 7 at ${commit.slice(1)}`,
    `Pull request 7 at ${commit.toUpperCase()}`,
    `Pull request 7 at ${commit}\ncommit=${commit}`,
    `\nPull request 7 at ${commit}`,
    `Pull request 07 at ${commit}`,
    `Pull request 7 at main at ${commit}`,
    `Pull request 7\npull-request=8 at ${commit}`,
    'Merge me',
    '$(touch here)',
    '',
  ])('is nothing for a run that is called %j', (title) => {
    expect(ask(title)).toEqual({ status: 1, output: '' });
  });

  it('is never read from the title of a branch’s run, which is anybody’s', () => {
    const seed = Date.now() % 2 ** 31;
    const titles = fc
      .oneof(fc.string(), fc.constant(`Pull request 7 at ${commit}`))
      .filter((one) => !one.includes('\0'));
    const asks = fc.property(titles, (title) => ask(title, false).output === `commit=${'d'.repeat(40)}\n`);
    fc.assert(asks, { seed, numRuns: 30 });
  });

  it('is asked of dispatches of the main branch’s fork.yml, and of pull requests of the repository’s own branches', () => {
    const { if: condition = '' } = jobOf('report', 'plan');
    for (const part of [
      "conclusion != 'cancelled' && github.event.workflow_run.conclusion != 'skipped'",
      'head_repository.full_name == github.repository',
      "event == 'pull_request' || (github.event.workflow_run.event == 'workflow_dispatch'",
      "startsWith(github.event.workflow_run.path, '.github/workflows/fork.yml')",
      'head_branch == github.event.repository.default_branch))',
    ]) {
      expect(condition).toContain(part);
    }
    // GitHub's list of pull requests may be empty, or name others of the same branch.
    expect(textOf(workflows.get('report.yml'))).not.toContain('workflow_run.pull_requests');
    expect(textOf(jobOf('report', 'speak'))).toContain('--must-be-open --branch');
  });

  it('is asked again where its base becomes another one, and an edit of its title neither runs nor stops anything', () => {
    const workflow = workflows.get('pull-request.yml')!;
    const caller = callerWorkflows({ repository: 'a/b', commit }).get('.github/workflows/pull-request.yml')!;
    for (const { on } of [workflow, parse(caller) as Workflow]) {
      expect(on.pull_request).toEqual({ types: ['opened', 'synchronize', 'reopened', 'edited'] });
    }
    expect(jobOf('pull-request', 'documents').if).toBe("github.event.action != 'edited' || github.event.changes.base");
    const { group } = workflow.concurrency as { group: string };
    expect(group).toContain(
      "github.event.action == 'edited' && !github.event.changes.base && format('-edit-{0}', github.run_id) ||",
    );
  });

  it('is reported in the order of the runs, and no run pushes another out', () => {
    const { concurrency } = workflows.get('report.yml')!;
    expect(concurrency).toEqual({ group: expect.stringContaining('head_branch'), queue: 'max' });
  });
});

describe('what releases', () => {
  it('waits for no more than the pass that runs: each takes the head of main, so a queue of them only holds up the urgent one', () => {
    const { concurrency, steps } = jobOf('release', 'reconcile') as Job & { readonly concurrency: unknown };
    expect(concurrency).toEqual({ group: `release-${expression('matrix.environment')}`, 'cancel-in-progress': false });
    expect(stepsOf([{ steps: steps! }], 'checkout').map(inputsOf)).toMatchObject([{ ref: 'main' }]);
  });

  it('reads no cache, which a fork’s code could have written in the scope of the default branch', () => {
    for (const name of ['fork', 'nightly', 'reconcile', 'release', 'report', 'retrain', 'rollback']) {
      const used = jobsOfRun(workflows.get(`${name}.yml`)!).flatMap(({ steps = [] }) => steps.map(({ uses }) => uses));
      expect(used.filter((action) => /cache|setup-/.test(action ?? ''))).toEqual([]);
    }
    const setup = readFileSync(join(CHECKOUT, '.github/actions/setup/action.yml'), 'utf8');
    expect(setup.match(/setup-\w+@/g)).toEqual(['setup-node@']);
    expect(setup).toContain('package-manager-cache: false');
  });
});

describe('a fork’s commit', () => {
  const forFork = (job: Job) => job.steps!.findIndex(({ uses }) => uses === '$/.github/actions/fork-commit');

  it('trains by itself neither in the fork, nor on the branch that the App makes of it', () => {
    const { if: condition } = jobOf('pull-request', 'train');
    expect(condition).toContain('&& github.event.pull_request.head.repo.full_name == github.repository &&');
    expect(condition).toContain("&& !startsWith(github.event.pull_request.head.ref, 'signalbox/pull-')");
    const said = readFileSync(join(CHECKOUT, 'tools/registry/speak/say.ts'), 'utf8');
    expect(said).toContain('`signalbox/pull-$' + '{number}-');
  });

  it('is judged on no machine of the repository, unless it names one for forks', () => {
    expect(jobOf('report', 'judge')['runs-on']).toBe(
      expression(
        "needs.plan.outputs.pull-request != '' && (vars.SIGNALBOX_FORK_RUNNER || 'ubuntu-latest') || vars.SIGNALBOX_JUDGE_RUNNER || 'ubuntu-latest'",
      ),
    );
  });

  it('has no work tree in report.yml, and is fetched before anything asks for it', () => {
    for (const job of ['plan', 'judge', 'speak'].map((name) => jobOf('report', name))) {
      expect(textOf(job.steps)).not.toMatch(/"ref":|git checkout|"path":"\.signalbox\/fork"/);
      expect(job.steps![forFork(job)]!.if).toMatch(/outputs\.pull-request != ''$/);
      expect(forFork(job)).toBeLessThan(job.steps!.findIndex(({ run }) => run?.startsWith('signalbox ')));
    }
  });

  it('is held to be the head of its pull request in fork.yml before a file of it is there', () => {
    for (const job of ['documents', 'train'].map((name) => jobOf('fork', name))) {
      expect(textOf(job.steps)).not.toContain('"ref":');
      expect(job.steps!.findIndex(({ run }) => run?.startsWith('git checkout'))).toBe(forFork(job) + 1);
    }
  });
});

describe('the action that fetches it', () => {
  const { runs } = parse(readFileSync(join(CHECKOUT, '.github/actions/fork-commit/action.yml'), 'utf8')) as {
    readonly runs: { readonly steps: readonly Step[] };
  };
  let folder: string;
  let clone: string;
  let head: string;
  let old: string;
  const git = (cwd: string, ...argv: string[]) => execFileSync('git', argv, { cwd, encoding: 'utf8' }).trim();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-fork-'));
    const [forge, fork] = [join(folder, 'forge'), join(folder, 'fork')];
    clone = join(folder, 'clone');
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', forge);
    git(folder, 'init', '--quiet', '--initial-branch=main', fork);
    const by = ['-c', 'user.name=Eve', '-c', 'user.email=eve@example.com', '-c', 'commit.gpgsign=false'];
    const commitEmpty = (message: string) => git(fork, ...by, 'commit', '--quiet', '--allow-empty', '-m', message);
    commitEmpty('Begin');
    git(fork, 'push', '--quiet', forge, 'main');
    commitEmpty('Read by a maintainer');
    old = git(fork, 'rev-parse', 'HEAD');
    execFileSync('ln', ['-s', '/etc/passwd', join(fork, 'link')]);
    git(fork, 'add', 'link');
    commitEmpty('Pushed since');
    head = git(fork, 'rev-parse', 'HEAD');
    git(fork, 'push', '--quiet', forge, 'HEAD:refs/pull/7/head');
    git(folder, 'clone', '--quiet', '--no-local', forge, clone);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function fetch(number: string, commit: string) {
    const env = { ...process.env, COMMIT: commit, PULL_REQUEST: number, TOKEN: 'of-this-run' };
    const argv = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', runs.steps[0]!.run!];
    const { status, stdout } = spawnSync('bash', argv, { cwd: clone, encoding: 'utf8', env });
    return { status, stdout };
  }
  const has = (commit: string) => spawnSync('git', ['cat-file', '-e', commit], { cwd: clone }).status === 0;

  it('brings its objects, and no file', () => {
    expect(fetch('7', head)).toEqual({ status: 0, stdout: '' });
    expect([has(head), git(clone, 'status', '--porcelain'), git(clone, 'ls-files')]).toEqual([true, '', '']);
  });

  it('refuses a commit that is the head no more, and says which one is', () => {
    const { status, stdout } = fetch('7', old);
    expect([status, stdout]).toEqual([1, expect.stringContaining(`the head of pull request 7 is ${head}, not ${old}`)]);
  });

  it.each([
    ['7', 'main'],
    ['7', 'a'.repeat(39)],
    ['7', 'A'.repeat(40)],
    ['7', `${'a'.repeat(40)}\n`],
    ['7', '--upload-pack=touch here'],
    ['0', 'a'.repeat(40)],
    ['7/merge', 'a'.repeat(40)],
    ['$(touch here)', 'a'.repeat(40)],
    ['', ''],
  ])('uses neither where one is not what it should be: %j at %j', (number, commit) => {
    const { status, stdout } = fetch(number, commit);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^::error::expected the /)]);
    expect(has(head)).toBe(false);
  });
});
