import { isSignalboxError } from '@signalbox/contracts';
import pino from 'pino';
import type { PodLogger } from './pod-logger.js';
import { POD_USAGE, parsePodOptions } from './pod-options.js';
import { servePod } from './serve-pod.js';

/**
 * `signalbox-pod serve`: prints `{"listening": "http://…"}` on standard output once it listens, logs JSON lines to standard error, and
 * ends on SIGTERM, SIGINT, or when the process that started it with an IPC channel is gone. Answers the exit code.
 */
export async function runPodCommand(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(`${POD_USAGE}\n`);
    return 0;
  }
  const logger = jsonLogger();
  const signal = stopSignal();
  signal.addEventListener('abort', () => logger.info('stopping'), { once: true });
  try {
    await servePod(parsePodOptions(argv), {
      signal,
      onListening: (address) => process.stdout.write(`${JSON.stringify({ listening: address })}\n`),
      logger,
    });
    return 0;
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    const hint = error.hint === undefined ? '' : `  hint: ${error.hint}\n`;
    process.stderr.write(`error ${error.code}: ${error.message}\n${hint}`);
    return error.code.startsWith('input/') ? 2 : 3;
  }
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
  process.once('disconnect', () => stop.abort());
  return stop.signal;
}

/** Lines are few, so they are written at once: none is lost when the process ends. */
function jsonLogger(): PodLogger {
  const logger = pino({ base: null }, pino.destination({ fd: 2, sync: true }));
  return {
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    error: (details, message) => logger.error(details, message),
  };
}
