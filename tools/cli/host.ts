/** What the command line touches outside itself, so that a test or the demo can run a verb in process, by the same code path. */
export interface CommandHost {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wallNow: () => number;
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person sees standard error live. */
  readonly interactive: boolean;
}
