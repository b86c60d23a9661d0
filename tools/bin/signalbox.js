#!/usr/bin/env node
// Committed plain JavaScript: npm links a bin only when its file exists at install, long before anything is built.
import { buildFirst } from './build-first.js';

await buildFirst();
const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2));
