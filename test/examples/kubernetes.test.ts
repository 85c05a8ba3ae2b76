/**
 * The manifests of examples/kubernetes, judged by the schemas of Kubernetes and of the Prometheus Operator. Their
 * validators let unknown fields pass, so those are found by the compiler: each manifest must have the type of its kind.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import {
  type IServiceMonitor,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import {
  AlertmanagerConfig,
  type IAlertmanagerConfig,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfig';
import { type IStatefulSet, StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type INamespace, Namespace } from 'kubernetes-models/v1/Namespace';
import { type IService, Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'examples/kubernetes');
const OPERATOR = '@kubernetes-models/prometheus-operator';

type Json = string | number | boolean | null | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}
interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
}
type Path = readonly (string | number)[];

const MODELS: Readonly<Record<string, (manifest: never) => { validate(): void }>> = {
  Namespace: (manifest) => new Namespace(manifest),
  ServiceAccount: (manifest) => new ServiceAccount(manifest),
  Service: (manifest) => new Service(manifest),
  StatefulSet: (manifest) => new StatefulSet(manifest),
  NetworkPolicy: (manifest) => new NetworkPolicy(manifest),
  PrometheusRule: (manifest) => new PrometheusRule(manifest),
  ServiceMonitor: (manifest) => new ServiceMonitor(manifest),
  AlertmanagerConfig: (manifest) => new AlertmanagerConfig(manifest),
};

const MANIFESTS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
  .toSorted()
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map(
      (document) => [file, document.toJS() as Manifest] as const,
    ),
  );

function manifestOf(kind: string): unknown {
  return MANIFESTS.find(([, manifest]) => manifest.kind === kind)?.[1];
}

/** @throws on a field of a wrong type or value, and one that is missing */
function validate(manifest: Manifest): void {
  const model = MODELS[manifest.kind];
  if (model === undefined) throw new Error(`no schema for ${manifest.kind}`);
  model(manifest as never).validate();
}

/** Every value inside, itself first; of those that a schema cannot tell apart (elements of one list) only one. */
function valuesIn(value: Json, path: Path = []): readonly (readonly [Path, Json])[] {
  const inside = isObject(value)
    ? Object.entries(value).flatMap(([key, part]) => valuesIn(part, [...path, key]))
    : Array.isArray(value)
      ? (value as readonly Json[]).flatMap((part, index) => valuesIn(part, [...path, index]))
      : [];
  const kinds = inside.map(
    ([where, part]) => [where.filter((step) => typeof step === 'string').join('/'), part] as const,
  );
  const isNew = ([kind, part]: readonly [string, Json], index: number): boolean =>
    kinds.findIndex(([other, like]) => other === kind && isObject(like) === isObject(part)) === index;
  return [[path, value], ...inside.filter((_, index) => isNew(kinds[index] ?? ['', null], index))];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changed(value: Json, [step, ...rest]: Path, change: (value: Json) => Json): Json {
  if (step === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((part: Json, index) => (index === step ? changed(part, rest, change) : part));
  const object = value as JsonObject;
  return { ...object, [step]: changed(object[step] ?? null, rest, change) };
}

/** Declares each manifest with the type of its kind. */
function program(manifests: readonly Manifest[]): string {
  const lines = manifests.map((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const models = apiVersion.startsWith('monitoring.coreos.com/') ? OPERATOR : 'kubernetes-models';
    const type = join(ROOT, 'node_modules', models, apiVersion, `${kind}.js`);
    const literal = JSON.stringify(manifest, undefined, 1).replace('"WRONG":', '// @ts-expect-error\n"WRONG":');
    return `export const _${String(index)}: import(${JSON.stringify(type)}).I${kind} = ${literal};\n`;
  });
  return lines.join('');
}

/** The compiler's exit code, and what it says. */
function compile(text: string): readonly [number | null, string] {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-manifests-'));
  try {
    const file = join(folder, 'manifests.mts');
    writeFileSync(file, text);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '', '--ignoreConfig'];
    const args = [join(ROOT, 'node_modules/.bin/tsc'), ...options, file];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return [status, stdout];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('every manifest', () => {
  it.each(MANIFESTS)('%s is valid', (_, manifest) => {
    expect(() => validate(manifest)).not.toThrow();
  });

  it.each(MANIFESTS)('%s is not valid any more when a value of it has the wrong type', (_, manifest) => {
    const passed = valuesIn(manifest)
      .filter(([, value]) => !isObject(value) && !Array.isArray(value))
      .filter(([path]) => {
        try {
          validate(changed(manifest, path, () => [[]]) as Manifest);
          return true;
        } catch {
          return false;
        }
      });
    expect(passed.map(([path]) => path.join('.'))).toEqual([]);
  });

  it('has no unknown field, and the compiler would find one anywhere', () => {
    const manifests = MANIFESTS.map(([, manifest]) => manifest);
    const wrong = manifests.flatMap((manifest) =>
      valuesIn(manifest)
        .filter(([, value]) => isObject(value))
        .map(([path]) => changed(manifest, path, (value) => ({ WRONG: {}, ...(value as JsonObject) })) as Manifest),
    );
    expect(wrong.length).toBeGreaterThan(60);
    expect(compile(program([...manifests, ...wrong]))).toEqual([0, '']);
  });
});

describe('kustomization.yaml', () => {
  interface Kustomization {
    readonly resources: readonly string[];
    readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
    readonly images: readonly { readonly name: string; readonly newTag: string }[];
  }
  const kustomization = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as Kustomization;

  it('lists every manifest but those of the operator, and files that are there', () => {
    const manifests = MANIFESTS.map(([file]) => file).filter((file) => !file.startsWith('prometheus-operator'));
    expect(kustomization.resources.toSorted()).toEqual(manifests);
    const files = kustomization.configMapGenerator.flatMap((map) => map.files);
    expect(files.filter((file) => !existsSync(join(FOLDER, file)))).toEqual([]);
  });

  it('names the image of this version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(kustomization.images.map(({ newTag }) => newTag)).toEqual([version]);
  });
});

describe('the manifests fit together', () => {
  const statefulSet = (manifestOf('StatefulSet') as IStatefulSet).spec;
  const service = manifestOf('Service') as IService;
  const pod = statefulSet?.template.spec;
  const container = pod?.containers[0];

  it('one pod, found by its service, and the service by Prometheus', () => {
    const labels = statefulSet?.template.metadata?.labels;
    expect(statefulSet?.replicas).toBe(1);
    expect(statefulSet?.selector.matchLabels).toEqual(labels);
    expect(service.spec?.selector).toEqual(labels);
    expect(statefulSet?.serviceName).toBe(service.metadata?.name);
    expect(service.spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(container?.ports?.map(({ name }) => name));
    const monitor = (manifestOf('ServiceMonitor') as IServiceMonitor).spec;
    expect(monitor.selector.matchLabels).toEqual(service.metadata?.labels);
    expect(monitor.endpoints.map(({ port }) => port)).toEqual(service.spec?.ports?.map(({ name }) => name));
  });

  it('Alertmanager knows the address and the token', () => {
    const { receivers = [] } = (manifestOf('AlertmanagerConfig') as IAlertmanagerConfig).spec;
    const secret = pod?.volumes?.find(({ name }) => name === 'secrets')?.secret?.secretName;
    const [port] = service.spec?.ports ?? [];
    const namespace = (manifestOf('Namespace') as INamespace).metadata?.name;
    const origin = `http://${String(service.metadata?.name)}.${String(namespace)}.svc:${String(port?.port)}`;
    expect(receivers.flatMap(({ webhookConfigs = [] }) => webhookConfigs)).toEqual([
      {
        url: `${origin}/api/v1/alertmanager`,
        httpConfig: { authorization: { credentials: { name: secret, key: 'webhook-token' } } },
      },
    ]);
  });

  it('the pod is the user of the image, writes to the ledger only, and has no token', () => {
    const user = /^USER (\d+):(\d+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
    expect(user.slice(1).map(Number)).toEqual([pod?.securityContext?.runAsUser, pod?.securityContext?.runAsGroup]);
    expect(pod?.automountServiceAccountToken).toBe(false);
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const volumes = [...(pod?.volumes ?? []).map(({ name }) => name), 'data'];
    expect(container?.volumeMounts?.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted());
    expect(container?.volumeMounts?.filter(({ readOnly }) => readOnly !== true)).toEqual([
      { name: 'data', mountPath: '/data' },
    ]);
    expect(container?.args).toContain('--storage.path=/data');
  });

  it('the configuration is right, lies where flink-medic looks, and names the secrets where they are', async () => {
    const mounts = new Map(container?.volumeMounts?.map(({ name, mountPath }) => [name, mountPath]));
    expect(container?.args).toContain(`--config.file=${String(mounts.get('config'))}/flink-medic.yml`);
    const text = readFileSync(join(FOLDER, 'flink-medic.yml'), 'utf8');
    const files = text.matchAll(/credentials_file: (\S+)\/(webhook-token|orders-token)\}/g).map(([, folder]) => folder);
    expect([...files]).toEqual([mounts.get('secrets'), mounts.get('secrets')]);
    const { config } = await loadConfig(join(FOLDER, 'flink-medic.yml'), {});
    expect(config.restart.mode).toBe('dry_run');
  });
});
