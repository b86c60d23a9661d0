import { runProgram } from './program.js';
import type { StarterMessage, StarterRequest } from './starter.js';

// What a signal to the whole group means is decided by who asks: it may still need Git to end well. It ends this process by hanging up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', ({ id, ...program }: StarterRequest) => {
  runProgram(program).then(
    (ended) => tell({ id, ended }),
    (error: Error) => tell({ id, error: error.message }),
  );
});
tell({ ready: true });

function tell(message: StarterMessage): void {
  // Who asked may be gone by now; then nobody waits for it.
  process.send?.(message, () => undefined);
}
