import { writeDocumentation } from './files.js';

/** `npm run docs`: writes docs/reference, docs/schemas and docs/errors.md of the repository in the working folder. */
const changed = await writeDocumentation(process.cwd());
process.stdout.write(
  changed.length === 0
    ? 'The documentation is up to date.\n'
    : `${changed.map((path) => `wrote ${path}`).join('\n')}\n`,
);
