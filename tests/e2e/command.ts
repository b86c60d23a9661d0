import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../tools/cli/run-command-line.js';

const LAUNCHER = fileURLToPath(new URL('../../tools/bin/signalbox.js', import.meta.url));
const ENV = { ...process.env, SIGNALBOX_SKIP_BUILD: '1', NO_COLOR: '1' };

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types one command line, as a person would, and waits for its end. */
export function signalbox(cwd: string, ...argv: string[]): Promise<Outcome> {
  return signalboxWith({}, cwd, argv);
}

export function signalboxWith(env: NodeJS.ProcessEnv, cwd: string, argv: readonly string[]): Promise<Outcome> {
  const options = { cwd, env: { ...ENV, ...env }, maxBuffer: 1e8 };
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error ? ((error.code as unknown as number) ?? -1) : 0, stdout, stderr });
    });
  });
}

/** The same within this process, which takes a tenth of the time: for what another command line has shown of a process of its own. */
export async function signalboxHere(cwd: string, ...argv: string[]): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const { exitCode } = await runCommandLine(argv, {
    ...{ cwd, env: {}, wallNow: Date.now, signal: new AbortController().signal, interactive: false },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code: exitCode, stdout, stderr };
}

/** In a process of its own, with `--json`: what the command answers, once it succeeded. */
export async function signalboxJson<T>(cwd: string, ...argv: string[]): Promise<T> {
  const { code, stdout, stderr } = await signalbox(cwd, ...argv, '--json');
  if (code !== 0) throw new Error(`signalbox ${argv.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

export function git(cwd: string, ...argv: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('git', argv, { cwd }, (error, stdout) => (error ? reject(error) : resolve(stdout.trim())));
  });
}

/** A verb that runs until it is stopped. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the first capture of a pattern in the output; rejects when the process ends before. */
  readonly saw: (pattern: RegExp) => Promise<string>;
  /** Sends a signal and waits for the end; answers the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export function startSignalbox(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [LAUNCHER, ...argv], {
    cwd,
    env: { ...ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      child.emit('output');
    });
  }
  return {
    child,
    output: () => text,
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match[1] ?? match[0]);
        };
        child.on('output', look);
        look();
        void ended.then((code) => reject(new Error(`ended with ${code} before ${pattern} was seen:\n${text}`)));
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
