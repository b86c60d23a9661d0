import { resolve } from 'node:path';
import type { ErrorCode } from '@signalbox/contracts';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { CommandDefinition } from './command.js';
import type { CommandHost } from './host.js';
import { COMMAND_GROUPS, type CommandEntry } from './registry.js';
import { installedVersion } from './version.js';

/** Of every line that commander refuses. */
export const BAD_LINE: ErrorCode = 'input/bad-argument';

/** What to do next when no such verb exists. */
const VERBS_HINT = 'signalbox --help lists the verbs';
const moreHint = (verb: string): string => `signalbox ${verb} --help says more`;

/** A verb with what it was asked to do, ready to run. */
export interface Invocation {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly repo: string;
  readonly json: boolean;
}

/**
 * The commander program of one command line. Only the verb that the line names is loaded; the others are names and
 * summaries. `invocation` answers what was parsed, or null when only help was asked for.
 */
export async function createProgram(
  argv: readonly string[],
  { host, commands }: { readonly host: CommandHost; readonly commands: readonly CommandEntry[] },
): Promise<{ readonly program: Command; readonly invocation: () => Invocation | null }> {
  const program = withGlobalOptions(new Command('signalbox'))
    .description('Signalbox: a Git repository as the release system for machine-learning models.')
    .usage('<verb> [options]')
    .addHelpCommand(helpCommand())
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', () => groupExamples(commands));
  configureOutput(program, host);
  let parsed: Invocation | null = null;
  const named = namedVerb(argv);
  for (const entry of inGroupOrder(commands)) {
    const command = program.command(entry.name).description(entry.summary).helpGroup(heading(entry));
    configureOutput(command, host);
    if (entry.name !== named) continue;
    const definition = await entry.load();
    define(command, definition).action(() => {
      refuseMissing(command, definition);
      parsed = invocationOf(command, definition, host.cwd);
    });
  }
  // Verbs have a `--version` of their own, which the program would take for its.
  if (named === undefined) {
    const version = installedVersion();
    const shown = argv.includes('--json') ? JSON.stringify({ version }) : version;
    program.version(shown, '--version', 'the version that is installed');
    program.action(() => program.outputHelp());
  }
  return { program, invocation: () => parsed };
}

function define(command: Command, definition: CommandDefinition): Command {
  withGlobalOptions(command);
  for (const argument of definition.arguments ?? []) {
    command.addArgument(new Argument(argument.name, argument.description));
  }
  for (const option of definition.options ?? []) {
    const added = new Option(option.flags, option.description);
    if (option.default !== undefined) added.default(option.default);
    if (/[<[]/.test(option.flags)) added.argParser(option.repeatable ? joined : once());
    command.addOption(added);
  }
  return command.addHelpText('after', `\nExample:\n  ${definition.example}`);
}

const joined = (value: string, before?: string): string => (before ? `${before},${value}` : value);

/** The last of two would silently win: of two environments one would be left as it is. */
function once(): (value: string) => string {
  let isGiven = false;
  return (value) => {
    if (isGiven) throw new InvalidArgumentError('It is given twice, and this verb takes one.');
    isGiven = true;
    return value;
  };
}

/** After commander has refused what it does not know: a mistyped option is why another one is missing. */
function refuseMissing(command: Command, { options = [] }: CommandDefinition): void {
  const given = command.opts<Record<string, unknown>>();
  const missing = options.find(
    ({ flags, required }) => required && given[new Option(flags).attributeName()] === undefined,
  );
  if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
}

function invocationOf(command: Command, definition: CommandDefinition, cwd: string): Invocation {
  const { repo, json, ...options } = command.optsWithGlobals<Record<string, string | boolean | undefined>>();
  return {
    definition,
    args: command.args,
    options,
    repo: resolve(cwd, typeof repo === 'string' ? repo : '.'),
    json: json === true,
  };
}

function withGlobalOptions(command: Command): Command {
  return command
    .option('--repo <folder>', 'the repository to work on (default: the working folder)')
    .option('--json', 'one JSON value on standard output, for machines')
    .helpOption('-h, --help', 'this help')
    .showHelpAfterError(`(${command.name() === 'signalbox' ? VERBS_HINT : moreHint(command.name())})`);
}

function helpCommand(): Command {
  return new Command('help')
    .argument('[verb]')
    .description('What a verb does, its options and an example')
    .helpGroup(`${COMMAND_GROUPS.start.title}:`);
}

function configureOutput(command: Command, host: CommandHost): void {
  const outputError = (text: string, write: (text: string) => void) => write(text.replace('\n', ` [${BAD_LINE}]\n`));
  command.exitOverride().configureOutput({ writeOut: host.stdout, writeErr: host.stderr, outputError });
}

/** What a refused line is told to do next. */
export function helpHint(argv: readonly string[], commands: readonly CommandEntry[]): string {
  const entry = namedEntry(argv, commands);
  return entry === undefined ? VERBS_HINT : moreHint(entry.name);
}

/** For machines: what help prints for people. */
export async function helpJson(argv: readonly string[], commands: readonly CommandEntry[]): Promise<unknown> {
  const entry = namedEntry(argv, commands);
  if (entry === undefined)
    return { verbs: inGroupOrder(commands).map(({ group, name, summary }) => ({ name, group, summary })) };
  const { arguments: words = [], example, name, options = [], summary } = await entry.load();
  return { name, summary, example, arguments: words, options };
}

const namedEntry = (argv: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined => {
  const named = namedVerb(argv);
  return commands.find(({ name }) => name === named);
};

/** Commander's help of a verb that there is not is that of the program: the verb by itself is refused with the nearest. */
export function helped(argv: readonly string[], commands: readonly CommandEntry[]): readonly string[] {
  const [first, verb] = wordsOf(argv);
  return first === 'help' && verb !== undefined && namedEntry(argv, commands) === undefined
    ? [verb, ...argv.filter((word) => word === '--json')]
    : argv;
}

/** The first word that is not an option or the value of `--repo`; `help <verb>` names the verb after it. */
function namedVerb(argv: readonly string[]): string | undefined {
  const words = wordsOf(argv);
  return words[0] === 'help' ? words[1] : words[0];
}

const wordsOf = (argv: readonly string[]): readonly string[] =>
  argv.filter((word, index) => !word.startsWith('-') && argv[index - 1] !== '--repo');

function heading(entry: CommandEntry): string {
  return `${COMMAND_GROUPS[entry.group].title}:`;
}

/** As the groups are listed, whatever the order in the registry. */
function inGroupOrder(commands: readonly CommandEntry[]): readonly CommandEntry[] {
  const groups = Object.keys(COMMAND_GROUPS);
  return [...commands].sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
}

function groupExamples(commands: readonly CommandEntry[]): string {
  const used = new Set(commands.map((entry) => entry.group));
  const lines = Object.entries(COMMAND_GROUPS)
    .filter(([group]) => used.has(group as CommandEntry['group']))
    .map(([, group]) => `  ${group.example}`);
  return `\nExamples:\n${lines.join('\n')}\n\nExit codes: 0 done, 1 a verdict said no, 2 wrong input, 3 a dependency was not reachable, 130 interrupted.`;
}
