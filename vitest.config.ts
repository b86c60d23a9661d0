import { defineConfig } from 'vitest/config';

/** Unit and end-to-end suites run on the built packages; engine and judge suites have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{contracts,serving,tools,tests,models}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/engines/**', 'tests/judges/**'],
    // Vitest leaves one core idle by default; on two cores that doubles the time of the suite.
    maxWorkers: 2,
    // No test leaves anything behind in its process, and loading every module anew for each file took a third of the suite.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
