import { expect, it } from 'vitest';
import { isAtLeast, RELEASES, releasesOf, testedVersions } from './versions.ts';

it('tests with two versions unless others are named', () => {
  expect(testedVersions({})).toEqual(['1.20.3', '2.3.0']);
  expect(testedVersions({ FLINK_MEDIC_TEST_FLINK: '1.18.1,2.1.3' })).toEqual(['1.18.1', '2.1.3']);
});

it('takes all, minor versions and releases, each once', () => {
  expect(releasesOf(['all'])).toEqual(Object.values(RELEASES));
  expect(releasesOf(['2.1', '2.1.3', '2.1.0'])).toEqual(['2.1.3', '2.1.0']);
  expect(() => releasesOf(['2'])).toThrow('"2" is none of all, 1.18, ');
});

it('compares versions by their numbers', () => {
  expect(['1.9.3', '1.19.3', '1.20.0', '2.0.2'].filter((version) => isAtLeast(version, '1.20'))).toEqual([
    '1.20.0',
    '2.0.2',
  ]);
});
