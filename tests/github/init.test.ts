import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseWorkspace } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../tools/cli/run-command-line.js';
import { describeSetup, type GithubSetup, setUpGithub } from '../../tools/init/index.js';
import { sampleRepository } from '../support/sample-repository.js';
import { GithubServer } from './server/github-server.js';
import { OWNER, REPO, skipPauses } from './world.js';

const TOKEN = 'ghp_admin';
const { workspace } = parseWorkspace(sampleRepository());

describe('init --github', () => {
  let folder: string;
  let server: GithubServer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-init-github-'));
    server = new GithubServer({ owner: OWNER, repo: REPO, folder: '/nowhere' });
    server.addPerson('ada', TOKEN, 'admin');
    Object.assign(server.state.repository.settings, {
      ...{ allow_merge_commit: true, allow_squash_merge: true, allow_rebase_merge: true },
    });
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    server.addApp({ id: 77, slug: 'signalbox-flights', publicKey });
    skipPauses();
  });
  afterEach(async () => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
    await rm(folder, { recursive: true });
  });

  const setUp = (options: Partial<GithubSetup> = {}) =>
    setUpGithub({
      folder,
      workspace,
      env: { SIGNALBOX_GITHUB_TOKEN: TOKEN },
      repository: `${OWNER}/${REPO}`,
      program: `signalbox/signalbox@${'a'.repeat(40)}`,
      check: 'signalbox/gates',
      apply: false,
      fetch: server.fetch,
      ...options,
    });
  const changed = ({ plan }: Awaited<ReturnType<typeof setUp>>) => plan!.filter(({ changes }) => changes.length > 0);
  const writes = () => server.answered.filter((one) => /\/(create|set|update|delete)-?/.test(one));

  it('shows what it would set, with each reason, and sets nothing', async () => {
    const result = await setUp();
    expect(changed(result).map(({ setting }) => setting.kind)).toEqual([
      ...['merge-methods', 'workflow-permissions', 'fork-approval', 'environment', 'environment', 'environment'],
      ...['variable', 'ruleset'],
    ]);
    const text = describeSetup(result);
    expect(text).toContain('Settings of ada/flights: 8 to be set; --apply sets them');
    expect(text).toContain('because a merge commit is what a rollback reverts');
    expect(text).toContain('contents=write');
    expect(text).toContain('NOT PROTECTED with these settings\n  models: no check is required');
    expect(text).toContain('  the machine of SIGNALBOX_RUNNER, with its store and the keys of its next jobs');
    expect(text).toContain('it needs filled in: https://github.com/settings/apps/new?');
    expect(writes()).toEqual([]);
  });

  it('sets it, and then has nothing to do', async () => {
    const first = await setUp({ apply: true, app: 'signalbox-flights' });
    expect([first.applied, changed(first).length]).toEqual([true, 9]);
    const { branchPolicies, environments, rulesets, settings } = server.state.repository;
    expect(settings).toMatchObject({ allow_squash_merge: false, allow_rebase_merge: false });
    expect([...environments.keys()].sort()).toEqual(['prod', 'signalbox', 'staging']);
    expect([...branchPolicies.values()].map((some) => some.map(({ name }) => name))).toEqual([
      ['main'],
      ['main'],
      ['main'],
    ]);
    expect(rulesets).toMatchObject([
      { name: 'signalbox', bypass_actors: [{ actor_id: 77, actor_type: 'Integration' }] },
    ]);
    server.answered.length = 0;
    const second = await setUp({ apply: true, app: 'signalbox-flights' });
    expect(changed(second)).toEqual([]);
    expect(describeSetup(second)).toContain('Settings of ada/flights: nothing to do');
    expect(writes()).toEqual([]);
  });

  it('asks the owner who is named, and tells what nobody is asked about, where no model asks for an approval', async () => {
    const alone = { workspace: { ...workspace, models: new Map() }, app: 'signalbox-flights' };
    expect(describeSetup(await setUp(alone))).toContain(
      '  policies, strategies, metrics, keys, environments and workflows: CODEOWNERS',
    );
    const owned = await setUp({ ...alone, owner: '@ada/platform', apply: true });
    expect(owned.unprotected[0]).toMatch(/^everything that has no owner/);
    const [ruleset] = server.state.repository.rulesets as { rules: { parameters?: object }[] }[];
    const rules = ruleset!.rules.map(({ parameters }) => parameters);
    expect(rules).toContainEqual(expect.objectContaining({ require_code_owner_review: true }));
  });

  it('asks an organisation for a team, since GitHub asks nobody by its name, and registers the App there', async () => {
    server.state.repository.settings.owner = { login: OWNER, type: 'Organization' };
    await expect(setUp({ apply: true })).rejects.toMatchObject({
      code: 'input/bad-argument',
      hint: expect.stringContaining('--owner @ada/<team>'),
    });
    expect(await readdir(folder)).toEqual([]);
    expect(writes()).toEqual([]);
    const text = describeSetup(await setUp({ owner: '@ada/platform' }));
    expect(text).toContain('filled in: https://github.com/organizations/ada/settings/apps/new?');
    expect(await readFile(join(folder, '.github/CODEOWNERS'), 'utf8')).toMatch(/^\/releases\/ @ada\/platform$/m);
  });

  it('tells what GitHub says against the owners on the main branch', async () => {
    expect(describeSetup(await setUp())).not.toContain('CODEOWNERS on the main branch');
    const suggestion = 'make sure the team @ada/ml exists, is publicly visible, and has write access to the repository';
    const place = { line: 3, column: 12, source: '/releases/ @ada/ml\n', path: '.github/CODEOWNERS' };
    server.state.repository.codeownersErrors = [{ ...place, kind: 'Unknown owner', suggestion, message: 'Unknown' }];
    expect(describeSetup(await setUp({ apply: true }))).toContain(
      `so they ask nobody\n  .github/CODEOWNERS line 3: Unknown owner in "/releases/ @ada/ml"; ${suggestion}`,
    );
  });

  it('names the metrics whose programs could read keys', async () => {
    const named = expect.stringContaining('from the programs that metrics name (review-cost)');
    expect((await setUp()).unprotected).toContainEqual(named);
    const { unprotected } = await setUp({ workspace: { ...workspace, metrics: new Map() } });
    expect(unprotected).not.toContainEqual(expect.stringContaining('programs'));
  });

  it('asks nothing about forks of a private repository', async () => {
    server.state.repository.settings.private = true;
    expect(changed(await setUp()).map(({ setting }) => setting.kind)).not.toContain('fork-approval');
    expect(server.answered.filter((one) => one.includes('fork-pr'))).toEqual([]);
  });

  it('goes on where it was cut off', async () => {
    server.faults.push({
      operation: 'repos/create-repo-ruleset',
      does: { status: 403, message: 'Resource not accessible' },
    });
    await expect(setUp({ apply: true })).rejects.toMatchObject({ code: 'forge/unauthorized' });
    server.answered.length = 0;
    expect(changed(await setUp({ apply: true })).map(({ setting }) => setting.kind)).toEqual(['ruleset']);
    expect(writes()).toEqual(['repos/create-repo-ruleset 201']);
  });

  it('puts right what somebody opened, and keeps what somebody made stricter', async () => {
    await setUp({ apply: true, app: 'signalbox-flights' });
    const { branchPolicies, environments, rulesets } = server.state.repository;
    branchPolicies.get('prod')!.push({ id: 9, name: 'dev', type: 'branch' });
    const rules = [
      { id: 1, node_id: 'x', type: 'wait_timer', wait_timer: 5 },
      {
        ...{ id: 2, node_id: 'x', type: 'required_reviewers', prevent_self_review: true },
        reviewers: [{ type: 'User', reviewer: { id: 17, login: 'grace' } }],
      },
    ];
    environments.set('staging', { id: 8, name: 'staging', deployment_branch_policy: null, protection_rules: rules });
    const [ruleset] = rulesets as { bypass_actors: object[]; rules: { type: string }[] }[];
    ruleset!.bypass_actors.push({ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' });
    ruleset!.rules.push({ type: 'required_signatures' });
    const again = await setUp({ apply: true, app: 'signalbox-flights' });
    expect(changed(again).map(({ setting }) => ('name' in setting ? setting.name : setting.kind))).toEqual([
      ...['prod', 'staging', 'ruleset'],
    ]);
    expect(branchPolicies.get('prod')!.map(({ name }) => name)).toEqual(['main']);
    expect(environments.get('staging')!.protection_rules).toMatchObject([
      { wait_timer: 5 },
      { prevent_self_review: true, reviewers: [{ type: 'User', reviewer: { id: 17 } }] },
      { type: 'branch_policy' },
    ]);
    expect(ruleset!.bypass_actors).toHaveLength(1);
    expect(ruleset!.rules.map(({ type }) => type)).toContain('required_signatures');
  });

  it('says in what the App may do too little or too much', async () => {
    const { appProblems } = await setUp({ app: 'signalbox-flights' });
    expect(appProblems).toContainEqual(expect.stringMatching(/^checks must be `write`/));
    await expect(setUp({ app: 'nobody' })).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });

  it('refuses to be told that a setting stands which GitHub does not show', async () => {
    await setUp({ apply: true });
    server.state.repository.settings.allow_squash_merge = true;
    server.faults.push({ operation: 'repos/update', does: { status: 200, message: '' } });
    await expect(setUp({ apply: true })).rejects.toMatchObject({ code: 'forge/rejected' });
  });

  it('writes files once, follows its own to another version, and leaves those that a person took over', async () => {
    const path = '.github/workflows/nightly.yml';
    const at = (commit: string) => setUp({ env: {}, program: `signalbox/signalbox@${commit.repeat(40)}` });
    const outcomes = async (commit: string) => new Set((await at(commit)).files.map(({ outcome }) => outcome));
    expect(await outcomes('a')).toEqual(new Set(['written']));
    expect(await outcomes('a')).toEqual(new Set(['unchanged']));
    const [, ...own] = (await readFile(join(folder, path), 'utf8')).split('\n');
    await writeFile(join(folder, path), own.join('\n'));
    const { files } = await at('b');
    expect(files.filter(({ outcome }) => outcome === 'kept').map((file) => file.path)).toEqual([path]);
    expect(await readFile(join(folder, '.github/workflows/report.yml'), 'utf8')).toContain(`@${'b'.repeat(40)}`);
    expect(await readFile(join(folder, '.github/CODEOWNERS'), 'utf8')).toMatch(/^\/\.github\/ @ada$/m);
  });

  it('refuses a version of Signalbox that can be moved, and a repository that is none', async () => {
    await expect(setUp({ program: 'signalbox/signalbox@main' })).rejects.toMatchObject({ code: 'input/bad-argument' });
    await expect(setUp({ repository: 'flights' })).rejects.toMatchObject({ code: 'input/bad-argument' });
  });

  it('is a verb: without a token it writes the files and says what is needed', async () => {
    const named = ['requirements.lock', 'README.md'].map((name) => [`models/card-fraud/${name}`, ''] as const);
    for (const [path, text] of [...sampleRepository(), ...named]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const said: string[] = [];
    const told: string[] = [];
    const host = {
      ...{ cwd: folder, env: {}, wallNow: Date.now, signal: new AbortController().signal, interactive: false },
      ...{ stdout: (text: string) => said.push(text), stderr: (text: string) => told.push(text) },
    };
    const program = `signalbox/signalbox@${'a'.repeat(40)}`;
    const { exitCode } = await runCommandLine(['init', '--github', `${OWNER}/${REPO}`, '--program', program], host);
    expect([exitCode, told]).toEqual([0, []]);
    expect(said.join('')).toContain('Settings that ada/flights needs (not compared: there is no token');
    expect(said.join('')).toContain('  .github/workflows/report.yml: written');
    expect(said.join('')).toContain('checks=write');
    expect(said.join('')).toContain('of an organisation: https://github.com/organizations/ada/settings/apps/new?');
    expect(said.join('')).toContain('  what CODEOWNERS covers, if the repository belongs to an organisation');
    expect((await runCommandLine(['init'], host)).exitCode).toBe(2);
    expect((await runCommandLine(['init', '--github', '--apply', '--program', program], host)).exitCode).toBe(2);
  });
});
