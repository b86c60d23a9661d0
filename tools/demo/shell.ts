import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SignalboxError } from '@signalbox/contracts';
import type { DemoContext } from './context.js';
import type { Terminal } from './terminal.js';

/** Types ordinary commands into the scratch clone: each is shown before it runs, and its output after. */
export class DemoShell {
  readonly #context: Pick<DemoContext, 'runVerb' | 'env' | 'signal'>;
  readonly #terminal: Terminal;
  readonly #cwd: string;

  constructor(context: Pick<DemoContext, 'runVerb' | 'env' | 'signal'>, terminal: Terminal, cwd: string) {
    this.#context = context;
    this.#terminal = terminal;
    this.#cwd = cwd;
  }

  /** Runs a verb by the code path of the command line, and answers what `--json` would have printed. */
  signalbox(...argv: string[]): Promise<unknown> {
    return this.#run(argv, 0);
  }

  /** The same, of a verb that is to refuse something: exit code 1. */
  refused(...argv: string[]): Promise<unknown> {
    return this.#run(argv, 1);
  }

  async #run(argv: readonly string[], expected: number): Promise<unknown> {
    this.#terminal.command(`signalbox ${argv.map(quoted).join(' ')}`);
    const { exitCode, result } = await this.#context.runVerb(argv, {
      cwd: this.#cwd,
      env: this.#context.env,
      stdout: this.#terminal.output,
      // After Ctrl-C the demo itself says that it stopped.
      stderr: (text) => this.#context.signal.aborted || this.#terminal.output(text),
    });
    this.#context.signal.throwIfAborted();
    if (exitCode !== expected) throw stopped(`signalbox ${argv[0]}`, { exitCode, folder: this.#cwd });
    return result?.json;
  }

  async git(...argv: string[]): Promise<string> {
    this.#terminal.command(`git ${argv.map(quoted).join(' ')}`);
    const output = await this.quietGit(...argv);
    this.#terminal.output(output);
    return output;
  }

  /** Git that only looks: not shown. */
  async quietGit(...argv: string[]): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)('git', argv, { cwd: this.#cwd, signal: this.#context.signal });
      return stdout.trim();
    } catch (error) {
      this.#context.signal.throwIfAborted();
      const { stderr = '', code = 1 } = error as { stderr?: string; code?: number };
      this.#terminal.output(stderr);
      throw stopped(`git ${argv[0]}`, { exitCode: code, folder: this.#cwd, cause: error });
    }
  }
}

function stopped(
  command: string,
  { exitCode, folder, cause }: { exitCode: number | string; folder: string; cause?: unknown },
): SignalboxError {
  return new SignalboxError('demo/stopped', `"${command}" ended with exit code ${exitCode}, so the demo stops here`, {
    hint: `What went wrong is said above. The repository is kept in ${folder}: mend it and run the command there again.`,
    cause,
  });
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
