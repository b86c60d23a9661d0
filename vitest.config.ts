import { defineConfig } from 'vitest/config';

/** Unit and end-to-end suites run on the built packages; engine and judge suites have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{contracts,serving,tools,tests,models}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/engines/**', 'tests/judges/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
