/** What a command may touch: everything else it gets as typed options. */
export interface CommandContext {
  /** The folder that `--repo` names (default: the working folder). */
  readonly repo: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wallNow: () => number;
  /** Aborted on Ctrl-C: stop soon, leave nothing half-written, no process behind. */
  readonly signal: AbortSignal;
  /** One line of progress for people, on standard error; silent with `--json`. */
  readonly progress: (line: string) => void;
  /** A part of the answer that people get at once, a line on standard output (a pod's address, an act of the demo); silent with `--json`. */
  readonly say: (line: string) => void;
  /** Whether the answer is for a machine: nothing else may then reach standard output. */
  readonly json: boolean;
  /** Whether a person watches, so that colours make sense. */
  readonly interactive: boolean;
  /** Runs another verb as if it were typed in `cwd`: the same parsing, the same errors, the same exit code. */
  readonly runVerb: (argv: readonly string[], io: VerbStreams) => Promise<VerbOutcome>;
}

/** Where an inner verb works and what becomes of its output. */
export interface VerbStreams {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export interface VerbOutcome {
  readonly exitCode: number;
  /** What it would have printed with `--json`; absent when it failed. */
  readonly result?: CommandResult;
}

/** What a command answers: `text` for people, `json` for machines. `exitCode` 1 means that a verdict said no. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode?: 0 | 1;
}

export interface OptionDefinition {
  /** As commander writes it: `--model <name>`, `--watch`, `-m, --message <text>`. */
  readonly flags: string;
  readonly description: string;
  readonly default?: string | boolean;
  readonly required?: boolean;
  /** It may be given more than once: the values come separated by commas. */
  readonly repeatable?: boolean;
}

/** One verb. `run` only translates: strings to a typed call of the stage that does the work, and its answer to text. */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** A whole command line that works in the worked example. */
  readonly example: string;
  /** As commander writes it: `<model>`, `[source]`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options?: readonly OptionDefinition[];
  run(
    args: readonly string[],
    options: Readonly<Record<string, string | boolean | undefined>>,
    context: CommandContext,
  ): Promise<CommandResult>;
}
