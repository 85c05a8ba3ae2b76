/** docs/config.schema.json: what editors check a configuration file against. */

import { z } from 'zod';

import { configSchema } from '../../src/config/schema.ts';
import type { GeneratedFile } from './generated-file.ts';

/** JSON Schema (draft 2020-12) of the file as people write it. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
}

export const configSchemaFile: GeneratedFile = {
  file: 'docs/config.schema.json',
  render: () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
};
