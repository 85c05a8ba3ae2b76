/** The documentation leaves nothing out that users of the program meet. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { UNREADABLE_REASONS } from '../../src/archive/unreadable.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { ERROR_CODES, OBSERVATION_FAILURES } from '../../src/core/errors.ts';
import { RULES } from '../../src/core/rules.ts';
import { RUN_STATES, UNKNOWN_REASONS } from '../../src/core/states.ts';
import { ARCHIVE_FAMILIES } from '../../src/metrics/families/archive-families.ts';
import { CLUSTER_FAMILIES } from '../../src/metrics/families/cluster-families.ts';
import { NAME_FAMILIES } from '../../src/metrics/families/name-families.ts';
import { PROBE_FAMILIES } from '../../src/metrics/families/probe-families.ts';
import { REPAIR_FAMILIES } from '../../src/metrics/families/repair-families.ts';
import { RUN_FAMILIES } from '../../src/metrics/families/run-families.ts';
import { OwnMetrics } from '../../src/metrics/own-metrics.ts';
import { COUNTED_FAMILIES, RESTART_FAMILIES } from '../../src/metrics/restart-families.ts';
import { document, ROOT } from './documents.ts';

const FACTS = [
  ...CLUSTER_FAMILIES,
  ...RUN_FAMILIES,
  ...NAME_FAMILIES,
  ...ARCHIVE_FAMILIES,
  ...PROBE_FAMILIES,
  ...REPAIR_FAMILIES,
  ...RESTART_FAMILIES,
  ...COUNTED_FAMILIES,
];

function missing(file: string, words: readonly string[]): string[] {
  const text = document(file);
  return words.filter((word) => !text.includes(`\`${word}\``));
}

describe('metrics', () => {
  const own = new OwnMetrics({
    build: { version: '', revision: '', nodeVersion: '' },
    reload: () => ({ successful: true, lastSuccess: 0 }),
    ledgerWritable: () => true,
    ledgerRebuiltAt: 1,
    stateRecoveries: () => [{ cluster: 'prod', source: 'archive', count: 0 }],
  });
  let families: { readonly name: string; readonly text: string }[];
  beforeAll(async () => {
    families = (await own.families()).map(({ family, pieces }) => ({
      name: family.name,
      text: Buffer.concat(pieces).toString(),
    }));
  });
  afterAll(() => own.stop());

  it('every family that is exported has a row, and no other', () => {
    // Absent until measured, and while there are none.
    const passing = /^nodejs_(?:eventloop_lag|active)_/;
    const exported = [...FACTS, ...families].map(({ name }) => name).filter((name) => !passing.test(name));
    const rows = document('docs/metrics.md').matchAll(
      /^\| `([a-z\d_]+)`(?: \(experimental\))? \| (?:gauge|counter|histogram) /gm,
    );
    const documented = rows.map(([, name = '']) => name).filter((name) => !passing.test(name));
    expect(documented.toArray().toSorted()).toEqual(exported.toSorted());
  });

  it('the operations of the ledger are those that are counted', () => {
    const { text = '' } = families.find(({ name }) => name === 'flink_medic_ledger_errors_total') ?? {};
    const operations = text.matchAll(/operation="(\w+)"/g).map(([, operation]) => `\`${operation}\``);
    expect(document('docs/metrics.md')).toContain(
      `| \`operation\` of \`flink_medic_ledger_errors_total\` | ${operations.toArray().join(', ')} |`,
    );
  });
});

describe('commands', () => {
  const commands = makeProgram({ env: {}, print: () => {}, printError: () => {} }).commands;

  it.each(commands)('$_name has its section with every flag', (command) => {
    const text = document('docs/cli.md');
    const section = text.slice(text.indexOf(`\n## ${command.name()}\n`) + 1).split('\n## ')[0] ?? '';
    expect(section).toContain(`\`flink-medic ${command.name()}`);
    for (const { flags } of command.options) expect(section).toContain(`\`${flags}\``);
  });
});

describe('words that users meet', () => {
  it('error codes', () => expect(missing('docs/errors.md', Object.keys(ERROR_CODES))).toEqual([]));

  it('rules', () => {
    expect(missing('docs/truth.md', Object.keys(RULES))).toEqual([]);
    for (const meaning of Object.values(RULES)) expect(document('docs/truth.md')).toContain(meaning);
  });

  it('states', () => expect(missing('docs/metrics.md', [...RUN_STATES])).toEqual([]));

  it('symptoms', () => {
    const symptoms = [...UNKNOWN_REASONS, ...OBSERVATION_FAILURES, ...Object.keys(UNREADABLE_REASONS)];
    const atStart = ['config', 'ledger_locked', 'ledger_newer', 'ledger_unusable', 'listen'];
    expect(missing('docs/troubleshooting.md', [...symptoms, ...atStart])).toEqual([]);
  });

  it('endpoints', () => {
    const folder = 'src/http/routes';
    const paths = readdirSync(join(ROOT, folder)).flatMap((file) =>
      document(join(folder, file))
        .matchAll(/endpoint\('([^']+)'/g)
        .map(([, path = '']) => path.replaceAll(/:(\w+)/g, (_, name: string) => name.toUpperCase()))
        // `{…}` may be left out.
        .flatMap((path) => (path.includes('{') ? [path.replace(/\{.*\}/, ''), path.replaceAll(/[{}]/g, '')] : [path]))
        .toArray(),
    );
    expect(paths).toContain('/api/v1/jobs/CLUSTER/JOB_ID');
    const text = document('docs/http.md');
    expect(paths.filter((path) => !new RegExp(`\`(?:GET|POST) ${path}(?:\\?[^\`]*)?\``).test(text))).toEqual([]);
  });
});
