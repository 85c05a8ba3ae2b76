import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeConfig } from './java.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-java-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const jdk = { java: 'java', javac: 'javac', jar: 'jar' };
const config = { 'cluster.id': '00000000000000000000000000000000', 'rest.port': 8081 };

it.each([
  ['1.18.1', 'flink-conf.yaml', 'cluster.id: 00000000000000000000000000000000\nrest.port: 8081\n'],
  ['1.19.3', 'config.yaml', 'cluster.id: "00000000000000000000000000000000"\nrest.port: "8081"\n'],
  ['2.3.0', 'config.yaml', 'cluster.id: "00000000000000000000000000000000"\nrest.port: "8081"\n'],
])('writes the configuration that Flink %s reads', (version, file, text) => {
  writeConfig({ version, lib: folder, jdk }, folder, config);
  expect(readFileSync(join(folder, file), 'utf8')).toBe(text);
});
