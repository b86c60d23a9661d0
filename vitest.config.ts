import { existsSync, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests make thousands of small repositories and stores: in memory they take a third less of the machine's time than on a disk. */
const IN_MEMORY = '/dev/shm';
const NEEDED_BYTES = 2 ** 30;

function temporaryFolder(): { TMPDIR?: string } {
  if (process.env.TMPDIR !== undefined || !existsSync(IN_MEMORY)) return {};
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return bavail * bsize < NEEDED_BYTES ? {} : { TMPDIR: IN_MEMORY };
}

/** Thousands of small repositories that live for a second need no housekeeping, and Git starts a process for it after each commit, push and fetch. */
const WITHOUT_HOUSEKEEPING = {
  GIT_CONFIG_COUNT: '3',
  ...{ GIT_CONFIG_KEY_0: 'maintenance.auto', GIT_CONFIG_VALUE_0: 'false' },
  ...{ GIT_CONFIG_KEY_1: 'gc.auto', GIT_CONFIG_VALUE_1: '0' },
  ...{ GIT_CONFIG_KEY_2: 'receive.autogc', GIT_CONFIG_VALUE_2: 'false' },
};

/** Unit and end-to-end suites run on the built packages; engine and judge suites have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{contracts,serving,tools,tests,models}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/engines/**', 'tests/judges/**'],
    env: { ...temporaryFolder(), ...WITHOUT_HOUSEKEEPING },
    // One more than the two cores that it is made for: tests wait for processes and files, and a third worker fills that time.
    maxWorkers: 3,
    // No test leaves anything behind in its process, and loading every module anew for each file took a third of the suite.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
