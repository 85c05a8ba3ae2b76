import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { configJsonSchema, configSchemaFile } from '../../docs/generators/config-schema.ts';
import { configurationPage } from '../../docs/generators/configuration.ts';
import { errorsPage } from '../../docs/generators/errors.ts';

const root = join(import.meta.dirname, '../..');

it.each([configSchemaFile, configurationPage, errorsPage])('$file is up to date', async ({ file, render }) => {
  expect(await readFile(join(root, file), 'utf8')).toBe(render());
});

it('the JSON Schema describes what people write', () => {
  const schema = configJsonSchema();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: {
      observe: {
        properties: {
          interval: {
            $ref: '#/$defs/duration',
            default: '10s',
            description: 'Time from one observation of a cluster to the next',
          },
          max_jobs: { $ref: '#/$defs/count', default: 20_000, minimum: 1, maximum: 1_000_000 },
        },
      },
      archives: { properties: { max_file_size: { $ref: '#/$defs/size', default: '2GiB' } } },
      clusters: { type: 'array', items: { $ref: '#/$defs/cluster' } },
    },
    $defs: { cluster: { required: ['name'], additionalProperties: false } },
  });
});

it('every key has a meaning', () => {
  expect(configurationPage.render()).not.toMatch(/\|\s*\|$/m);
});
