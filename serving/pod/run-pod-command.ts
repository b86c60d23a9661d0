import { isSignalboxError } from '@signalbox/contracts';
import pino, { type Logger } from 'pino';
import { parsePodOptions } from './pod-options.js';
import { type PodLogger, type RunningPod, startPod } from './start-pod.js';

/** A pod that is told to stop is gone within this time, also when a model is in the middle of a load that nothing can interrupt. */
const STOP_WITHIN_MS = 1_900;

/**
 * `signalbox-pod serve`: prints `{"listening": "http://…"}` on standard output once it listens, logs JSON lines to standard error, and
 * ends on SIGTERM, SIGINT, or when the process that started it with an IPC channel is gone. Answers the exit code.
 */
export async function runPodCommand(argv: readonly string[]): Promise<number> {
  const stopped = stopRequest();
  let running: RunningPod;
  const logger = pino({ base: null }, pino.destination({ fd: 2, sync: false }));
  try {
    const options = parsePodOptions(argv);
    running = await startPod(options, podLogger(logger));
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    process.stderr.write(
      `error ${error.code}: ${error.message}\n${error.hint === undefined ? '' : `  hint: ${error.hint}\n`}`,
    );
    return error.code.startsWith('input/') ? 2 : 3;
  }
  process.stdout.write(`${JSON.stringify({ listening: running.address })}\n`);
  const reason = await stopped;
  logger.info(`stopping: ${reason}`);
  const overdue = setTimeout(() => endAtOnce(logger), STOP_WITHIN_MS);
  await running.close();
  clearTimeout(overdue);
  logger.flush();
  return 0;
}

function stopRequest(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
    process.once('disconnect', () => resolve('the parent process is gone'));
  });
}

/** A thread inside a native load or run cannot be ended without aborting the process; nothing is left to save, so the kernel ends it. */
function endAtOnce(logger: Logger): void {
  logger.warn('a model is still loading or running; ending without it');
  logger.flush();
  process.kill(process.pid, 'SIGKILL');
}

function podLogger(logger: Logger): PodLogger {
  return {
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    error: (details, message) => logger.error(details, message),
  };
}
