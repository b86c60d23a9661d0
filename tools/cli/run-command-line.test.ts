import { SignalboxError } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import type { CommandDefinition } from './command.js';
import type { CommandHost } from './host.js';
import { COMMAND_GROUPS, COMMANDS, type CommandEntry } from './registry.js';
import { runCommandLine } from './run-command-line.js';

function host(changes: Partial<CommandHost> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const stop = new AbortController();
  const value: CommandHost = {
    cwd: '/somewhere',
    env: {},
    wallNow: () => 0,
    signal: stop.signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    interactive: false,
    ...changes,
  };
  return { value, stop, out: () => out.join(''), err: () => err.join('') };
}

function entry(run: CommandDefinition['run'], changes: Partial<CommandDefinition> = {}): CommandEntry {
  const definition = { name: 'probe', summary: 'A verb of this test', example: 'signalbox probe x', run, ...changes };
  return { name: 'probe', group: 'look', summary: definition.summary, load: async () => definition };
}

async function runWith(commands: readonly CommandEntry[], argv: readonly string[], changes: Partial<CommandHost> = {}) {
  const made = host(changes);
  const outcome = await runCommandLine(argv, made.value, commands);
  return { ...outcome, out: made.out(), err: made.err() };
}

const done = entry(async () => ({ text: 'done', json: { done: true } }));

describe('the command line', () => {
  it('prints text for people and one JSON value with --json, wherever the option stands', async () => {
    expect(await runWith([done], ['probe'])).toMatchObject({ exitCode: 0, out: 'done\n', err: '' });
    for (const argv of [
      ['probe', '--json'],
      ['--json', 'probe'],
    ])
      expect(await runWith([done], argv)).toMatchObject({ exitCode: 0, out: '{"done":true}\n' });
  });

  it('says which version is installed, and leaves that option to verbs that have it', async () => {
    expect(await runWith([done], ['--version'])).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^\d+[.]\d+[.]\d+\n$/),
    });
    const { out } = await runWith([done], ['--version', '--json']);
    expect(JSON.parse(out)).toEqual({ version: expect.stringMatching(/^\d+[.]\d+[.]\d+$/) });
    const options = [{ flags: '--version <n>', description: 'A version of a model' }];
    const versioned = entry(async (_args, { version }) => ({ text: String(version), json: {} }), { options });
    expect(await runWith([versioned], ['probe', '--version', '2'])).toMatchObject({ exitCode: 0, out: '2\n' });
  });

  it('prints nothing in a workflow that GitHub would take for a command, and JSON exactly', async () => {
    const text = 'a ::warning::b\n::error::c\n \t::stop-commands::d\r::debug::e\n##[add-mask]f\n';
    const said = entry(async (_args, _options, { progress }) => {
      progress('::error::from a log');
      return { text, json: { text } };
    });
    const env = { GITHUB_ACTIONS: 'true' };
    expect(await runWith([said], ['probe'], { env })).toMatchObject({
      out: 'a ::warning::b\n\\u{3a}:error::c\n \t\\u{3a}:stop-commands::d\r\\u{3a}:debug::e\n#\\u{23}[add-mask]f\n',
      err: '\\u{3a}:error::from a log\n',
    });
    const { out } = await runWith([said], ['probe', '--json'], { env });
    expect(JSON.parse(out)).toEqual({ text });
    expect(out).not.toMatch(/^::|##\[/m);
    expect((await runWith([said], ['probe'])).out).toBe(text);
  });

  it('gives a verb its arguments, options and the folder that --repo names', async () => {
    const seen: unknown[] = [];
    const probe = entry(
      async (args, options, context) => {
        seen.push(args, options, context.repo);
        return { text: '', json: null };
      },
      { arguments: [{ name: '<model>', description: 'm' }], options: [{ flags: '--limit <n>', description: 'l' }] },
    );
    await runWith([probe], ['probe', 'delay', '--limit', '3', '--repo', 'here']);
    expect(seen).toEqual([['delay'], { limit: '3' }, '/somewhere/here']);
  });

  it('loads only the verb that the line names', async () => {
    const heavy: CommandEntry = { ...done, name: 'heavy', load: () => Promise.reject(new Error('loaded')) };
    expect(await runWith([done, heavy], ['probe'])).toMatchObject({ exitCode: 0 });
    expect(await runWith([done, heavy], ['--help'])).toMatchObject({ exitCode: 0 });
  });

  it('names the nearest verb and the nearest option, with exit code 2', async () => {
    const verb = await runWith([done], ['prob']);
    expect(verb).toMatchObject({ exitCode: 2 });
    expect(verb.err).toContain('Did you mean probe?');
    expect(verb.err).toMatch(/\(signalbox --help lists the verbs\)\n$/);
    const machine = await runWith([done], ['nothing', '--json']);
    expect(JSON.parse(machine.out)).toMatchObject({ error: { hint: 'signalbox --help lists the verbs' } });
    const option = await runWith([done], ['probe', '--jsn']);
    expect(option).toMatchObject({ exitCode: 2 });
    expect(option.err).toBe(
      "error: unknown option '--jsn' [input/bad-argument]\n(Did you mean --json?)\n(signalbox probe --help says more)\n",
    );
  });

  it('says which argument or option is missing, with exit code 2', async () => {
    const probe = entry(async () => ({ text: '', json: null }), {
      arguments: [{ name: '<model>', description: 'm' }],
      options: [{ flags: '--env <name>', description: 'e', required: true }],
    });
    expect(await runWith([probe], ['probe', 'x'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--env'),
    });
    expect(await runWith([probe], ['probe', '--env', 'prod'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("'model'"),
    });
    // A mistyped one is why it is missing.
    const mistyped = await runWith([probe], ['probe', 'x', '--evn', 'prod']);
    expect(mistyped.err).toContain("unknown option '--evn' [input/bad-argument]\n(Did you mean --env?)");
    expect(await runWith([probe], ['probe', 'x', '--env', 'prod'])).toMatchObject({ exitCode: 0 });
  });

  it('takes an option twice only where a verb takes several of it: the last of two would silently win', async () => {
    const flags = (repeatable: boolean) => [
      { flags: '--env <name>', description: 'The environment', default: 'prod', repeatable },
      { flags: '--merge', description: 'Merge it' },
    ];
    const echo = (repeatable: boolean) =>
      entry(async (_args, { env }) => ({ text: String(env), json: {} }), { options: flags(repeatable) });
    const twice = ['probe', '--merge', '--env', 'a', '--merge', '--env', 'b'];
    expect(await runWith([echo(false)], twice)).toMatchObject({
      ...{ exitCode: 2, out: '', err: expect.stringMatching(/'--env <name>' argument 'b' .*given twice/) },
    });
    expect((await runWith([echo(false)], ['probe'])).out).toBe('prod\n');
    expect((await runWith([echo(false)], twice.slice(0, 4))).out).toBe('a\n');
  });

  it('answers --json in words of JSON also when the line itself is wrong', async () => {
    const outcome = await runWith([done], ['probe', '--jsn', '--json']);
    expect(JSON.parse(outcome.out)).toMatchObject({
      error: { code: 'input/bad-argument', hint: 'signalbox probe --help says more' },
    });
  });

  it('answers --json in words of JSON also where it helps', async () => {
    const probe = entry(async () => ({ text: '', json: null }), {
      options: [{ flags: '--env <name>', description: 'e', required: true }],
    });
    const { example, options, summary } = await probe.load();
    for (const argv of [[], ['help'], ['--help']]) {
      const { exitCode, out } = await runWith([probe], [...argv, '--json']);
      expect([exitCode, JSON.parse(out)]).toEqual([0, { verbs: [{ name: 'probe', group: 'look', summary }] }]);
    }
    for (const argv of [
      ['help', 'probe'],
      ['probe', '--help'],
    ]) {
      const { exitCode, out } = await runWith([probe], [...argv, '--json']);
      expect([exitCode, JSON.parse(out)]).toEqual([0, { name: 'probe', summary, example, arguments: [], options }]);
    }
    const { exitCode, out } = await runWith([probe], ['help', 'prob', '--json']);
    expect([exitCode, JSON.parse(out)]).toMatchObject([
      2,
      { error: { message: expect.stringContaining("unknown command 'prob'") } },
    ]);
  });

  it('refuses help for a verb that there is not, with the nearest', async () => {
    const refused = await runWith([done], ['help', 'prob']);
    expect(refused).toMatchObject({ exitCode: 2, out: '' });
    expect(refused.err).toBe((await runWith([done], ['prob'])).err);
  });

  it('prints every finding, the message, the hint and the code, and exits as the code says', async () => {
    const fail = entry(async () => {
      throw new SignalboxError('input/invalid-documents', '1 document is wrong', {
        hint: 'Mend it.',
        findings: [
          {
            code: 'schema/unknown-key',
            severity: 'error',
            message: "unknown key 'colums'",
            place: { file: 'features/sources/x.yaml', line: 3, column: 1 },
            hint: 'columns?',
          },
        ],
      });
    });
    const outcome = await runWith([fail], ['probe']);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.err).toBe(
      "features/sources/x.yaml:3:1  error  unknown key 'colums'\n    columns?\n\n" +
        'error: 1 document is wrong [input/invalid-documents]\n  hint: Mend it.\n',
    );
    expect(JSON.parse((await runWith([fail], ['probe', '--json'])).out)).toMatchObject({
      error: { code: 'input/invalid-documents', findings: [{ place: { line: 3 } }] },
    });
  });

  it('explains a full disk and a taken port, and calls the rest a bug, with the stack only when asked for', async () => {
    const full = entry(async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    expect(await runWith([full], ['probe'])).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('disk is full'),
    });
    const bug = entry(async () => {
      throw new TypeError('x is undefined');
    });
    const outcome = await runWith([bug], ['probe']);
    expect(outcome).toMatchObject({ exitCode: 3, err: expect.stringContaining('internal/bug') });
    expect(outcome.err).not.toContain('TypeError');
    expect((await runWith([bug], ['probe'], { env: { SIGNALBOX_DEBUG: '1' } })).err).toContain('TypeError');
  });

  it('passes on the exit code of a verdict that said no', async () => {
    const no = entry(async () => ({ text: 'no', json: {}, exitCode: 1 }));
    expect(await runWith([no], ['probe'])).toMatchObject({ exitCode: 1, out: 'no\n' });
  });

  it('exits 130 when it was interrupted, whether the verb throws or returns', async () => {
    for (const ending of ['throws', 'returns']) {
      const made = host();
      const probe = entry(async (_args, _options, context) => {
        made.stop.abort();
        if (ending === 'throws') context.signal.throwIfAborted();
        return { text: '', json: null };
      });
      expect(await runCommandLine(['probe'], made.value, [probe])).toMatchObject({ exitCode: 130 });
    }
  });

  it('runs an inner verb as if it were typed in another folder', async () => {
    const inner: string[] = [];
    const probe = entry(
      async (args, _options, context) => {
        if (args[0] === 'inner') return { text: `in ${context.repo}`, json: 1 };
        const streams = { cwd: '/elsewhere', env: {}, stdout: (text: string) => inner.push(text), stderr: () => {} };
        const outcome = await context.runVerb(['probe', 'inner'], streams);
        return { text: String(outcome.exitCode), json: outcome.result?.json };
      },
      { arguments: [{ name: '[which]', description: 'w' }] },
    );
    expect(await runWith([probe], ['probe'])).toMatchObject({ exitCode: 0, out: '0\n' });
    expect(inner).toEqual(['in /elsewhere\n']);
  });
});

describe('the registry', () => {
  it('is listed by --help in the order of the groups, whatever its own order', async () => {
    const titles = Object.values(COMMAND_GROUPS).map(({ title }) => `${title}:`);
    for (const commands of [COMMANDS, COMMANDS.toReversed()]) {
      const { out } = await runWith(commands, ['--help']);
      expect(out.split('\n').filter((line) => titles.includes(line))).toEqual(titles);
    }
  });

  it('gives each verb once, with the name, summary and an example that its definition also gives', async () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const { name, summary, load } of COMMANDS) {
      const definition = await load();
      expect({ name: definition.name, summary: definition.summary }).toEqual({ name, summary });
      expect(definition.example).toMatch(new RegExp(`^signalbox ${name}\\b`));
    }
  });
});
