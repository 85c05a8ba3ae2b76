import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram, real, realProgram } from './real.ts';

describe('real', () => {
  it('gives what is there, required or not', () => {
    for (const environment of [{}, { FLINK_MEDIC_REQUIRE_REAL: '1' }]) {
      const there = real('promtool', '/usr/bin/promtool', 'apt-get install prometheus', environment);
      expect(there.skip).toBeUndefined();
      expect(there.get()).toBe('/usr/bin/promtool');
    }
  });

  it('skips what is absent, with the command that installs it', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const absent = real('promtool', undefined, 'apt-get install prometheus', {});
    expect(absent.skip).toBe('promtool is not here; to install it: apt-get install prometheus');
    expect(warn.mock.calls).toEqual([[`Skipped: ${absent.skip}`]]);
    expect(() => absent.get()).toThrow('apt-get install prometheus');
    warn.mockRestore();
  });

  it('fails for what is absent although it is required', () => {
    const required = { FLINK_MEDIC_REQUIRE_REAL: '1', PATH: '' };
    expect(() => real('promtool', undefined, 'apt-get install prometheus', required)).toThrow(
      'promtool is not here; to install it: apt-get install prometheus',
    );
    expect(() => realProgram('promtool', 'apt-get install prometheus', required)).toThrow('apt-get install prometheus');
  });
});

describe('findProgram', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flink-medic-programs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the first executable file, past folders and files of that name', () => {
    const [asFolder = '', asText = '', first = '', second = ''] = ['a', 'b', 'c', 'd'].map((name) => {
      const path = join(folder, name);
      mkdirSync(path);
      return path;
    });
    mkdirSync(join(asFolder, 'tool'));
    for (const place of [asText, first, second]) writeFileSync(join(place, 'tool'), '');
    for (const place of [first, second]) chmodSync(join(place, 'tool'), 0o755);

    const PATH = [asFolder, '', asText, first, second].join(delimiter);
    expect(findProgram('tool', { PATH })).toBe(join(first, 'tool'));
    expect(findProgram('other', { PATH })).toBeUndefined();
    expect(findProgram('tool', {})).toBeUndefined();
  });
});
