#!/usr/bin/env node
// Committed plain JavaScript: npm links a bin only when its file exists at install, long before anything is built.
import { existsSync } from 'node:fs';

const [verb, ...rest] = process.argv.slice(2);
const commands = {
  serve: async () => (await import('../dist/pod/index.js')).runPodCommand(rest),
  materialize: async () => (await import('../dist/materializer/index.js')).runMaterializerCommand(rest),
};

// In the repository the sources may be newer than what was built; an image of a pod has no `tools` and no sources.
const builder = new URL('../../tools/bin/build-first.js', import.meta.url);
if (existsSync(builder)) await (await import(builder.href)).buildFirst();

if (!Object.hasOwn(commands, verb ?? '')) {
  process.stderr.write('signalbox-pod serve | materialize [options]\n');
  process.exitCode = verb === '--help' ? 0 : 2;
} else {
  process.exitCode = await commands[verb]();
}
