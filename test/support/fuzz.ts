/**
 * How often a fuzz test tries: enough for every run of the suite, and FUZZ_RUNS times as often by hand. What fails is
 * printed with its seed.
 *
 *     FUZZ_RUNS=100 npx vitest run test/archive/byte-scanner.fuzz.test.ts
 */

const FACTOR = Number(process.env['FUZZ_RUNS'] ?? 1);
/** A case takes milliseconds; shrinking one that fails takes thousands of them. */
const MS_PER_RUN = 50;

/** Parameters of `fc.assert`. */
export function fuzzed(numRuns: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(numRuns * FACTOR) };
}

/** Time for a test with so many cases, in milliseconds. */
export function fuzzTimeout(numRuns: number): number {
  return 20_000 + numRuns * FACTOR * MS_PER_RUN;
}
