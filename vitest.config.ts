import { defineConfig } from 'vitest/config';

/** Files that start other programs (Flink, npm, the demo), or need their time: apart from the many quick ones. */
const HEAVY = [
  'test/real-flink/**/*.test.ts',
  'test/examples/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/image/**/*.test.ts',
  'test/**/*.real.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: { name: 'light', include: ['test/**/*.test.ts'], exclude: HEAVY, maxWorkers: 2 },
      },
      {
        extends: true,
        test: { name: 'grafana', include: ['grafana/test/**/*.test.ts'], maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { name: 'heavy', include: HEAVY, maxWorkers: 2, testTimeout: 60_000, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
