/** The configuration to start from shows every key; that it is right is shown in test/config/. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configJsonSchema } from '../../docs/generators/config-schema.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/flink-medic.yml');
/** The better place of a secret is a file. */
const NOT_SHOWN = ['password', 'credentials'];

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...rest } = schema as { properties?: Readonly<Record<string, unknown>> };
  return [...Object.keys(properties), ...[...Object.values(properties), ...Object.values(rest)].flatMap(keysOf)];
}

it('examples/flink-medic.yml shows every key', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  const keys = new Set(keysOf(configJsonSchema()));
  expect(keys).toContain('failed_ratio');
  const missing = [...keys].filter((key) => !new RegExp(`(?<![a-z_])${key}:`).test(text));
  expect(missing.toSorted()).toEqual(NOT_SHOWN.toSorted());
});
