import { SignalboxError, withoutCommands } from '@signalbox/contracts';
import { CommanderError } from 'commander';
import type { CommandContext, CommandResult, VerbOutcome } from './command.js';
import { annotateError, maskSecrets } from './github.js';
import type { CommandHost } from './host.js';
import { BAD_LINE, createProgram, helped, helpHint, helpJson, type Invocation } from './program.js';
import { createProgress } from './progress.js';
import { COMMANDS, type CommandEntry } from './registry.js';
import { asSignalboxError, EXIT_INTERRUPTED, errorJson, exitCodeOf, formatError } from './report-error.js';

/** Runs one command line. Its exit code: 0 done, 1 a verdict said no, 2 wrong input, 3 not reachable, 130 interrupted. */
export async function runCommandLine(
  argv: readonly string[],
  outside: CommandHost,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<VerbOutcome> {
  const json = argv.includes('--json');
  const host = json ? outside : spokenOnly(outside);
  try {
    const invocation = await parse(helped(argv, commands), host, commands);
    if (invocation !== null) return await run(invocation, host, commands);
    if (json) host.stdout(jsonLine(await helpJson(argv, commands)));
    return { exitCode: 0 };
  } catch (thrown) {
    if (thrown instanceof CommanderError) return ended(thrown, { argv, commands, host, json });
    if (host.signal.aborted) return interrupted(host);
    const error = asSignalboxError(thrown);
    host.stderr(formatError(error, { debug: host.env.SIGNALBOX_DEBUG === '1' }));
    if (json) host.stdout(jsonLine(errorJson(error)));
    else await annotateError(host.env, error);
    return { exitCode: exitCodeOf(error) };
  }
}

/** GitHub reads commands in what a step prints, and answers hold words of others: logs, names, reports. Commands of our own go by `@actions/core`. */
function spokenOnly(host: CommandHost): CommandHost {
  if (host.env.GITHUB_ACTIONS !== 'true') return host;
  return {
    ...host,
    stdout: (text) => host.stdout(withoutCommands(text)),
    stderr: (text) => host.stderr(withoutCommands(text)),
  };
}

/** The value exactly, in a writing that holds no command: `##[` can only stand in a text. */
const jsonLine = (value: unknown): string => `${JSON.stringify(value).replaceAll('##[', '#\\u0023[')}\n`;

async function parse(
  argv: readonly string[],
  host: CommandHost,
  commands: readonly CommandEntry[],
): Promise<Invocation | null> {
  // Help is for people, in several pieces; machines get theirs as one value.
  const speaking = argv.includes('--json') ? { ...host, stdout: () => {} } : host;
  const { program, invocation } = await createProgram(argv, { host: speaking, commands });
  await program.parseAsync([...argv], { from: 'user' });
  return invocation();
}

async function run(
  { definition, args, options, repo, json }: Invocation,
  host: CommandHost,
  commands: readonly CommandEntry[],
): Promise<VerbOutcome> {
  const progress = createProgress(host, {
    title: `signalbox ${definition.name}`,
    silent: json,
    spinner: !commands.find(({ name }) => name === definition.name)?.longRunning,
  });
  const context: CommandContext = {
    repo,
    env: host.env,
    wallNow: host.wallNow,
    signal: host.signal,
    progress: progress.line,
    say: json ? () => {} : (line) => host.stdout(`${line}\n`),
    json,
    interactive: host.interactive,
    runVerb: (argv, streams) => runCommandLine(argv, { ...host, ...streams, interactive: false }, commands),
  };
  // With `--json` standard output is the answer and nothing else.
  if (!json) await maskSecrets(host.env);
  let result: CommandResult;
  try {
    result = await definition.run(args, options, context);
  } catch (error) {
    await progress.stop({ well: false });
    throw error;
  }
  await progress.stop({ well: (result.exitCode ?? 0) === 0 });
  if (json) host.stdout(jsonLine(result.json));
  else if (result.text !== '') host.stdout(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
  return host.signal.aborted ? interrupted(host) : { exitCode: result.exitCode ?? 0, result };
}

interface Line {
  readonly argv: readonly string[];
  readonly commands: readonly CommandEntry[];
  readonly host: CommandHost;
  readonly json: boolean;
}

/** Commander has told people what is wrong with the line, or what they asked for; machines are told here. */
async function ended(error: CommanderError, { argv, commands, host, json }: Line): Promise<VerbOutcome> {
  const exitCode = error.exitCode === 0 ? 0 : 2;
  if (!json) return { exitCode };
  if (error.code === 'commander.version') host.stdout(`${error.message}\n`);
  else if (exitCode === 0) host.stdout(jsonLine(await helpJson(argv, commands)));
  else host.stdout(jsonLine(errorJson(refusalOf(error, helpHint(argv, commands)))));
  return { exitCode };
}

function refusalOf({ message }: CommanderError, hint: string): SignalboxError {
  const said = message.replace(/^error: /, '').trim();
  return new SignalboxError(BAD_LINE, said, { hint });
}

function interrupted(host: CommandHost): VerbOutcome {
  host.stderr('stopped: nothing was left half-written, and no process is left behind\n');
  return { exitCode: EXIT_INTERRUPTED };
}
