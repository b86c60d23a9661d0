/** What the demo needs of whoever plays it. The command line is one; the demo knows nothing of it. */
export interface DemoContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wallNow: () => number;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** A line for people, at once. */
  readonly say: (line: string) => void;
  /** Whether a person watches, so that colours make sense. */
  readonly interactive: boolean;
  /** Runs a verb as if it were typed in `cwd`. `result` is absent when it failed. */
  readonly runVerb: (
    argv: readonly string[],
    io: {
      readonly cwd: string;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly stdout: (text: string) => void;
      readonly stderr: (text: string) => void;
    },
  ) => Promise<{ readonly exitCode: number; readonly result?: { readonly json: unknown } }>;
}
