import { defineConfig } from 'vitest/config';

/** Judges of others' making, run on the built packages: `npm run test:judges`. One after the other: each keeps the machine busy by itself. */
export default defineConfig({
  test: {
    include: ['tests/judges/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
