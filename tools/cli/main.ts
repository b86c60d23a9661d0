import { constants } from 'node:os';
import type { CommandHost } from './host.js';
import { EXIT_INTERRUPTED } from './report-error.js';
import { runCommandLine } from './run-command-line.js';

/** How long a verb may take to stop after Ctrl-C before the process ends anyway. */
const STOP_TIMEOUT_MS = 8_000;

/** The process around one command line: signals, streams and the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  stopOnSignals(stop);
  stopWithParent(stop);
  endQuietlyOnClosedPipe();
  const host: CommandHost = {
    cwd: process.cwd(),
    env: process.env,
    wallNow: Date.now,
    signal: stop.signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    interactive: process.stderr.isTTY === true && process.env.CI === undefined,
  };
  const { exitCode } = await runCommandLine(argv, host);
  await flush(process.stdout);
  await flush(process.stderr);
  process.exit(exitCodeAfter(stop.signal, exitCode));
}

/** A verb that a signal stopped says which, as shells expect; Ctrl-C is 130. */
function exitCodeAfter(stop: AbortSignal, exitCode: number): number {
  return stop.aborted && stop.reason instanceof StoppedBySignal ? stop.reason.exitCode : exitCode;
}

class StoppedBySignal extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** The first Ctrl-C asks the verb to stop, the second ends the process at once. */
function stopOnSignals(stop: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const reason = new StoppedBySignal(signal);
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(reason.exitCode);
      stop.abort(reason);
      setTimeout(() => process.exit(reason.exitCode), STOP_TIMEOUT_MS).unref();
    });
  }
}

/**
 * A child that must not outlive its parent is started with an open pipe as standard input and `SIGNALBOX_STOP_WITH_STDIN=1`: the pipe
 * closes when the parent ends, however it ends.
 */
function stopWithParent(stop: AbortController): void {
  if (process.env.SIGNALBOX_STOP_WITH_STDIN !== '1') return;
  process.stdin.resume();
  process.stdin.once('close', () => {
    stop.abort(new Error('stopped with the process that started this one'));
    setTimeout(() => process.exit(EXIT_INTERRUPTED), STOP_TIMEOUT_MS).unref();
  });
}

/** `signalbox … | head` is no error: the reader has seen enough. */
function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
