import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ModelSpec, ToWorker } from './protocol.js';
import { openSession, type Session } from './session.js';

/**
 * The thread of one model. `create()` and `run()` block the thread they are called on, and ending a thread inside either aborts the
 * whole process; so each model has a thread of its own, and that thread ends itself, between two runs.
 */
const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

async function main(): Promise<void> {
  let session: Session;
  try {
    session = await openSession(workerData as ModelSpec);
  } catch (error) {
    say({ kind: 'refused', message: messageOf(error) });
    return;
  }
  // Runs are chained, so that `close` waits for those that were asked for before it.
  let last: Promise<void> = Promise.resolve();
  port!.on('message', (message: ToWorker) => {
    last = last.then(() => handle(session, message));
  });
  say({ kind: 'loaded' });
}

async function handle(session: Session, message: ToWorker): Promise<void> {
  if (message.kind === 'close') {
    await session.release();
    port!.close();
    return;
  }
  const started = performance.now();
  try {
    const scores = await session.run(message.rows, message.count);
    say({ kind: 'scores', id: message.id, scores, runMs: performance.now() - started }, [scores.buffer as ArrayBuffer]);
  } catch (error) {
    say({ kind: 'failed', id: message.id, message: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
