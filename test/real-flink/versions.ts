/**
 * Which Flink versions the tests on real clusters are run with: those of `.ci/run`, or those that `npm run test:flink`
 * names in the environment. Called by tests and by `test-versions.ts`.
 */

/** Minor versions that are supported, and the newest patch of each on PyPI when it was last looked up (November 2026). */
export const RELEASES: Readonly<Record<string, string>> = {
  '1.18': '1.18.1',
  '1.19': '1.19.3',
  '1.20': '1.20.5',
  '2.0': '2.0.2',
  '2.1': '2.1.3',
  '2.2': '2.2.1',
  '2.3': '2.3.0',
};

/** The two that differ most and of which fixtures are recorded; `.ci/run` fetches them. */
const ALWAYS = ['1.20.3', '2.3.0'];

/** Holds versions, separated by commas. */
export const VERSIONS_VARIABLE = 'FLINK_MEDIC_TEST_FLINK';

/** The versions to test with now. */
export function testedVersions(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  return environment[VERSIONS_VARIABLE]?.split(',') ?? ALWAYS;
}

/**
 * The releases that the values of `--flink` mean: `all`, a minor version (2.1) or any release (2.1.1).
 *
 * @throws when one is neither
 */
export function releasesOf(wanted: readonly string[]): readonly string[] {
  const releases = wanted.flatMap((one) => {
    if (one === 'all') return Object.values(RELEASES);
    const release = RELEASES[one] ?? (/^\d+\.\d+\.\d+$/.test(one) ? one : undefined);
    if (release === undefined) {
      throw new Error(`"${one}" is none of all, ${Object.keys(RELEASES).join(', ')} or a release like 2.1.3`);
    }
    return [release];
  });
  return [...new Set(releases)];
}

/** @param minor such as 1.19 */
export function isAtLeast(version: string, minor: string): boolean {
  return new Intl.Collator('en', { numeric: true }).compare(version, minor) >= 0;
}
