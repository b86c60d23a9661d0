import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { acquireFileLock, openEventLog, openOnlineStore } from '../stores/index.js';
import { RejectedFiles } from './rejected-events.js';
import { type MaterializerProgress, runMaterializer } from './run-materializer.js';

export interface MaterializeOptions {
  /** Folders of the online store and the event log. */
  readonly online: string;
  readonly log: string;
  readonly once?: boolean;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MaterializerProgress) => void;
}

/** How long a starting materializer waits for one that is stopping. */
const LOCK_WAIT_MS = 3000;

/** The materializer of one online store: there is only ever one. Refused events go to `rejected/` beside the store's data. */
export async function materialize(options: MaterializeOptions): Promise<MaterializerProgress> {
  const online = openOnlineStore(options.online);
  const log = openEventLog(options.log);
  try {
    const lock = await acquireFileLock(join(options.online, '.materializer.lock'), {
      waitMs: LOCK_WAIT_MS,
      guards: `the materializer of ${options.online}`,
    });
    try {
      const rejected = new RejectedFiles(join(options.online, 'rejected'));
      return await runMaterializer({ ...options, online, log, rejected });
    } finally {
      await lock.release();
    }
  } finally {
    await log.close();
    await online.close();
  }
}

const USAGE = 'signalbox-pod materialize --online <folder> --log <folder> [--once] [--poll-ms 20]';

/**
 * `signalbox-pod materialize`: one line of JSON a second at most on standard output, ends on SIGTERM and SIGINT after the batch in hand.
 * Answers the exit code.
 */
export async function runMaterializerCommand(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const name of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(name as NodeJS.Signals, onSignal);
  try {
    const report = throttled((progress) => process.stdout.write(`${JSON.stringify(progress)}\n`));
    const last = await materialize({ ...parseOptions(argv), signal: stop.signal, onProgress: report });
    process.stdout.write(`${JSON.stringify({ ...last, stopped: true })}\n`);
    return 0;
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    process.stderr.write(`${JSON.stringify({ error: error.message, code: error.code, hint: error.hint })}\n`);
    return error.code.startsWith('input/') ? 2 : 3;
  } finally {
    for (const name of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.off(name as NodeJS.Signals, onSignal);
  }
}

function parseOptions(argv: readonly string[]): Pick<MaterializeOptions, 'online' | 'log' | 'once' | 'pollMs'> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        online: { type: 'string' },
        log: { type: 'string' },
        once: { type: 'boolean', default: false },
        'poll-ms': { type: 'string', default: '20' },
      },
    });
    const pollMs = Number(values['poll-ms']);
    if (values.online && values.log && pollMs > 0)
      return { online: values.online, log: values.log, once: values.once, pollMs };
    throw new Error('--online and --log are needed, and --poll-ms must be above 0');
  } catch (error) {
    throw new SignalboxError('input/bad-argument', error instanceof Error ? error.message : String(error), {
      hint: USAGE,
    });
  }
}

/** Progress lines for a log file: at most one a second, the first at once. */
function throttled(write: (progress: MaterializerProgress) => void): (progress: MaterializerProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    write(progress);
  };
}
