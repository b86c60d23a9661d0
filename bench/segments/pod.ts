import { parsePodOptions, servePod } from '@signalbox/serving/pod';

/**
 * A pod for this benchmark: `pod.ts (counting | not-counting) <options of signalbox-pod serve>`. No option of the real one turns evidence off, because a rollout
 * without evidence could never move.
 */
const [mode, ...argv] = process.argv.slice(2);
const options = parsePodOptions(argv);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await servePod(mode === 'counting' ? options : { ...options, evidenceMs: null }, {
  signal: stop.signal,
  onListening: (address) => process.stdout.write(`${JSON.stringify({ listening: address })}\n`),
  logger: { info: () => {}, warn: () => {}, error: (_, message) => process.stderr.write(`${message}\n`) },
});
