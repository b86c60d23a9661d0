import type { CommandHost } from './host.js';

export interface Progress {
  readonly line: (line: string) => void;
  readonly stop: () => Promise<void>;
}

/** Progress goes to standard error, a line at a time, so that standard output stays the answer. */
export function createProgress(host: CommandHost, options: { readonly silent: boolean }): Progress {
  if (options.silent) return { line: () => {}, stop: async () => {} };
  return { line: (line) => host.stderr(`${line}\n`), stop: async () => {} };
}
