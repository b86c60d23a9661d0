import type { PodLogger } from './pod-logger.js';
import type { PodOptions } from './pod-options.js';
import { startPod } from './start-pod.js';

/** A pod that is told to stop is gone within this time, also when a model is in the middle of a load that nothing can interrupt. */
const STOP_WITHIN_MS = 1_900;

export interface ServeContext {
  /** Aborted when the pod shall stop. */
  readonly signal: AbortSignal;
  readonly onListening: (address: string) => void;
  readonly logger: PodLogger;
}

/** Runs a pod until the signal. Throws for what a person must mend: `environment/port-in-use`, `input/bad-argument`, `store/unavailable`. */
export async function servePod(options: PodOptions, { signal, onListening, logger }: ServeContext): Promise<void> {
  const running = await startPod(options, logger);
  onListening(running.address);
  await aborted(signal);
  const overdue = setTimeout(() => endAtOnce(logger), STOP_WITHIN_MS);
  await running.close();
  clearTimeout(overdue);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * A thread inside a native load or run cannot be ended without aborting the process. The logs are written by now and nothing else is left
 * to save, so the kernel ends it.
 */
function endAtOnce(logger: PodLogger): void {
  logger.warn('a model is still loading or running; ending without it');
  process.kill(process.pid, 'SIGKILL');
}
