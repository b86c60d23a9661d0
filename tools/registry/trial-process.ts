import { tryFetchedPackage } from './trial.js';

/** Tries the package in the folder that it is told, and says what it found on its output: one line of JSON. */
process.stdout.write(JSON.stringify(await tryFetchedPackage(process.argv[2]!)));
