import { CommanderError } from 'commander';
import type { CommandContext, CommandResult, VerbOutcome } from './command.js';
import type { CommandHost } from './host.js';
import { createProgram, type Invocation } from './program.js';
import { createProgress } from './progress.js';
import { asSignalboxError, EXIT_INTERRUPTED, errorJson, exitCodeOf, formatError } from './report-error.js';

/** Runs one command line. Its exit code: 0 done, 1 a verdict said no, 2 wrong input, 3 not reachable, 130 interrupted. */
export async function runCommandLine(argv: readonly string[], host: CommandHost): Promise<VerbOutcome> {
  const json = argv.includes('--json');
  try {
    const invocation = await parse(argv, host);
    return invocation === null ? { exitCode: 0 } : await run(invocation, host);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { exitCode: thrown.exitCode === 0 ? 0 : 2 };
    if (host.signal.aborted) return interrupted(host);
    const error = asSignalboxError(thrown);
    host.stderr(formatError(error, { debug: host.env.SIGNALBOX_DEBUG === '1' }));
    if (json) host.stdout(`${JSON.stringify(errorJson(error))}\n`);
    return { exitCode: exitCodeOf(error) };
  }
}

async function parse(argv: readonly string[], host: CommandHost): Promise<Invocation | null> {
  const { program, invocation } = await createProgram(argv, host);
  await program.parseAsync([...argv], { from: 'user' });
  return invocation();
}

async function run({ definition, args, options, repo, json }: Invocation, host: CommandHost): Promise<VerbOutcome> {
  const progress = createProgress(host, { silent: json });
  const context: CommandContext = {
    repo,
    env: host.env,
    wallNow: host.wallNow,
    signal: host.signal,
    progress: progress.line,
    say: json ? () => {} : (line) => host.stdout(`${line}\n`),
    interactive: host.interactive,
    runVerb: (argv, streams) => runCommandLine(argv, { ...host, ...streams, interactive: false }),
  };
  let result: CommandResult;
  try {
    result = await definition.run(args, options, context);
  } finally {
    await progress.stop();
  }
  if (json) host.stdout(`${JSON.stringify(result.json)}\n`);
  else if (result.text !== '') host.stdout(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
  return host.signal.aborted ? interrupted(host) : { exitCode: result.exitCode ?? 0, result };
}

function interrupted(host: CommandHost): VerbOutcome {
  host.stderr('stopped: nothing was left half-written, and no process is left behind\n');
  return { exitCode: EXIT_INTERRUPTED };
}
