import { existsSync, statfsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests make thousands of small repositories and stores: in memory they take a third less of the machine's time than on a disk. */
const IN_MEMORY = '/dev/shm';
const NEEDED_BYTES = 2 ** 30;

/** Instead of the settings of whoever runs them: tests mean the same everywhere. */
const GIT_CONFIG_GLOBAL = fileURLToPath(new URL('./tests/support/gitconfig', import.meta.url));

function temporaryFolder(): { TMPDIR?: string } {
  if (process.env.TMPDIR !== undefined || !existsSync(IN_MEMORY)) return {};
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return bavail * bsize < NEEDED_BYTES ? {} : { TMPDIR: IN_MEMORY };
}

/** Unit and end-to-end suites run on the built packages; engine and judge suites have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{contracts,serving,tools,tests,models}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/engines/**', 'tests/judges/**'],
    env: { ...temporaryFolder(), GIT_CONFIG_GLOBAL },
    // Twice the two cores that it is made for: tests wait for processes and files, and the others fill that time; a seventh less than with three.
    maxWorkers: 4,
    // No test leaves anything behind in its process, and loading every module anew for each file took a third of the suite.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
