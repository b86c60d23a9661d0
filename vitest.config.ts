import { defineConfig } from 'vitest/config';

/** Unit and end-to-end suites run on the built packages; engine and judge suites have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{contracts,serving,tools,tests,models}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/engines/**', 'tests/judges/**'],
    // One more than the two cores that it is made for: tests wait for processes and files, and a third worker fills that time (244 s instead of 295).
    maxWorkers: 3,
    // No test leaves anything behind in its process, and loading every module anew for each file took a third of the suite.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
