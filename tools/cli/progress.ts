import type { CommandHost } from './host.js';

export interface Progress {
  readonly line: (line: string) => void;
  /** Turns the spinner into a mark and leaves the lines. */
  readonly stop: (ended: { readonly well: boolean }) => Promise<void>;
}

/** Progress goes to standard error, so that standard output stays the answer: a spinner where a person watches, else a line at a time. */
export function createProgress(
  host: CommandHost,
  options: { readonly title: string; readonly silent: boolean; readonly spinner: boolean },
): Progress {
  if (options.silent) return { line: () => {}, stop: async () => {} };
  if (host.interactive && options.spinner) return new SpinnerProgress(options.title);
  return { line: (line) => host.stderr(`${line}\n`), stop: async () => {} };
}

/** The verb as one task, its lines gathered under it. listr2 is loaded with the first line: most verbs never need it. */
class SpinnerProgress implements Progress {
  readonly #title: string;
  readonly #waiting: string[] = [];
  #print: ((line: string) => void) | null = null;
  #finish = (_ended: { readonly well: boolean }): void => {};
  #rendered: Promise<unknown> | null = null;

  constructor(title: string) {
    this.#title = title;
  }

  readonly line = (line: string): void => {
    if (this.#print) {
      this.#print(line);
    } else {
      this.#waiting.push(line);
      this.#rendered ??= this.#render();
    }
  };

  readonly stop = async (ended: { readonly well: boolean }): Promise<void> => {
    this.#finish(ended);
    await this.#rendered;
  };

  async #render(): Promise<void> {
    const ended = new Promise<{ readonly well: boolean }>((resolve) => {
      this.#finish = resolve;
    });
    const { LISTR_DEFAULT_RENDERER_STYLE, Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const task = {
      title: this.#title,
      task: async (_: unknown, wrapper: { output: string }): Promise<void> => {
        this.#print = (line) => {
          wrapper.output = line;
        };
        for (const line of this.#waiting.splice(0)) this.#print(line);
        if (!(await ended).well) throw new Error(this.#title);
      },
      rendererOptions: { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true },
    };
    const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false });
    const logger = new ListrLogger({ ...LISTR_DEFAULT_RENDERER_STYLE, processOutput });
    const rendererOptions = { logger, showErrorMessage: false };
    await new Listr([task], { rendererOptions, registerSignalListeners: false, exitOnError: false }).run();
  }
}
