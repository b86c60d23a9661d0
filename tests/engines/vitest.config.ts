import { defineConfig } from 'vitest/config';

/** Suites against real servers: `npm run test:engines`. One after the other: each server keeps the machine busy by itself. */
export default defineConfig({
  test: {
    include: ['tests/engines/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
