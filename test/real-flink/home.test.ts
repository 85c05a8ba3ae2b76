import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findFlink, findJava, inspect, realFlink } from './home.ts';

let root: string;
let environment: { PATH: string; XDG_CACHE_HOME: string; FLINK_HOME?: string; JAVA_HOME?: string };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flink-medic-home-'));
  for (const tool of ['java', 'javac', 'jar']) put(join('jdk', 'bin', tool));
  environment = { PATH: join(root, 'jdk', 'bin'), XDG_CACHE_HOME: join(root, 'cache') };
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '', { mode: 0o755 });
}

/** A pip target as `flink:get` leaves it. */
function cache(version: string): void {
  put(`cache/flink-medic/flink/${version}/pyflink/lib/flink-dist-${version}.jar`);
}

describe('findFlink', () => {
  it('takes the wanted version from the cache, and without a version the newest', () => {
    for (const version of ['1.9.3', '1.20.3', '2.3.0']) cache(version);
    put('cache/flink-medic/flink/9.0.0.partial-1/pyflink/lib/unfinished');
    expect(findFlink('1.20.3', environment)).toMatchObject({
      version: '1.20.3',
      lib: join(root, 'cache/flink-medic/flink/1.20.3/pyflink/lib'),
      jdk: { javac: join(root, 'jdk/bin/javac') },
    });
    expect(findFlink(undefined, environment)?.version).toBe('2.3.0');
    rmSync(join(root, 'cache/flink-medic/flink/2.3.0'), { recursive: true });
    expect(findFlink(undefined, environment)?.version).toBe('1.20.3');
    expect(findFlink('2.3.0', environment)).toBeUndefined();
  });

  it('prefers FLINK_HOME where the version fits', () => {
    cache('2.3.0');
    put('flink/lib/flink-dist-1.20.3.jar');
    environment.FLINK_HOME = join(root, 'flink');
    expect(findFlink(undefined, environment)?.lib).toBe(join(root, 'flink/lib'));
    expect(findFlink('1.20.3', environment)?.lib).toBe(join(root, 'flink/lib'));
    expect(findFlink('2.3.0', environment)?.version).toBe('2.3.0');
  });

  it('finds nothing without a JDK', () => {
    cache('2.3.0');
    expect(findFlink('2.3.0', { ...environment, PATH: '' })).toBeUndefined();
    expect(findFlink('2.3.0', { ...environment, PATH: '', JAVA_HOME: join(root, 'jdk') })?.version).toBe('2.3.0');
  });
});

describe('realFlink', () => {
  it('names the command for what is missing', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    expect(realFlink('2.3.0', environment).skip).toContain('npm run flink:get -- 2.3.0');
    rmSync(join(root, 'jdk/bin/javac'));
    expect(findJava(environment)).toBeUndefined();
    expect(realFlink('2.3.0', environment).skip).toContain('apt-get install openjdk-17-jdk-headless');
    warn.mockRestore();
  });
});

describe('inspect', () => {
  it('knows old names of the jar, and other folders for what they are', () => {
    put('old/lib/flink-dist_2.12-1.14.6.jar');
    put('other/lib/flink-core-2.3.0.jar');
    expect(inspect(join(root, 'old'))?.version).toBe('1.14.6');
    expect(inspect(join(root, 'other'))).toBeUndefined();
    expect(inspect(join(root, 'absent'))).toBeUndefined();
  });
});
