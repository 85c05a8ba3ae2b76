/** docs/configuration.md: every key of the configuration file, from its JSON Schema. */

import type { z } from 'zod';

import { configJsonSchema } from './config-schema.ts';
import { GENERATED_NOTE, type GeneratedFile, tableRow } from './generated-file.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const INTRODUCTION = `# Configuration

One YAML file, given with \`--config.file\`; [examples/flink-medic.yml](../examples/flink-medic.yml) is one to start
from. Without a file flink-medic observes \`http://localhost:8081\` as cluster \`default\`.

- An unknown key is an error. Errors name \`file:line:column\`, and all of a file are shown at once (but what concerns several clusters only when each file is right);
  \`flink-medic check-config\` does so without starting anything.
- \`\${NAME}\` in a value is replaced by the environment variable of that name, which must be set; \`$\${\` is a literal
  \`\${\`. Keys are never replaced.
- Relative paths are relative to the folder of the file that they stand in.
- Files with secrets and certificates are read again at each use.
- The configuration is read again on SIGHUP, on \`POST /-/reload\` (with \`--web.enable-lifecycle\`) and when a file
  changes. A bad file never replaces a good one.
- A key without a value counts as left out.

For editors there is a JSON Schema, [config.schema.json](config.schema.json); the YAML language server takes it from a
comment in the first line: \`# yaml-language-server: $schema=…/config.schema.json\`.`;

class Page {
  readonly lines: string[] = [GENERATED_NOTE, '', INTRODUCTION, ''];
  readonly #definitions: Readonly<Record<string, JsonSchema>>;

  constructor(root: JsonSchema) {
    this.#definitions = root.$defs ?? {};
    this.#values();
    this.#section('The file', '', root);
  }

  #values(): void {
    const rows = Object.entries(this.#definitions)
      .filter(([, definition]) => definition.properties === undefined)
      .map(([name, definition]) => tableRow([name, definition.description ?? '']));
    this.lines.push('## Kinds of values', '', tableRow(['kind', 'meaning']), tableRow(['---', '---']), ...rows, '');
  }

  /** A table of the keys of one map, then the maps inside it. */
  #section(title: string, path: string, schema: JsonSchema): void {
    const keys = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, asSchema(value)] as const);
    const rows = keys.map(([key, value]) => {
      const required = schema.required?.includes(key) === true;
      return tableRow([`\`${key}\``, this.#type(value), required ? 'required' : defaultText(value), meaning(value)]);
    });
    this.lines.push(`## ${title}`, '');
    if (path !== '' && schema.description !== undefined) this.lines.push(`${schema.description}.`, '');
    this.lines.push(
      tableRow(['key', 'kind', 'default', 'meaning']),
      tableRow(['---', '---', '---', '---']),
      ...rows,
      '',
    );
    for (const [key, value] of keys) {
      const items = value.items === undefined ? undefined : this.#resolve(asSchema(value.items));
      const inner = items ?? this.#resolve(value);
      if (inner.properties === undefined) continue;
      const innerPath = `${path}${path === '' ? '' : '.'}${key}${items === undefined ? '' : '[]'}`;
      this.#section(`\`${innerPath}\``, innerPath, inner);
    }
  }

  #resolve(schema: JsonSchema): JsonSchema {
    const name = definitionName(schema);
    return name === undefined ? schema : (this.#definitions[name] ?? schema);
  }

  #type(schema: JsonSchema): string {
    if (schema.items !== undefined) return `list of ${this.#type(asSchema(schema.items))}s`;
    const kind = definitionName(schema) ?? (schema.type === 'object' ? 'map' : String(schema.type));
    return schema.minimum === undefined ? kind : `${kind} from ${schema.minimum} to ${schema.maximum}`;
  }
}

function asSchema(schema: unknown): JsonSchema {
  if (!isSchema(schema)) throw new Error('a kind of schema that is not in use');
  return schema;
}

function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema);
}

function definitionName(schema: JsonSchema): string | undefined {
  return schema.$ref?.replace('#/$defs/', '');
}

function defaultText(schema: JsonSchema): string {
  const value = schema.default;
  return value === undefined || (typeof value === 'object' && !Array.isArray(value))
    ? ''
    : `\`${JSON.stringify(value).replaceAll('"', '')}\``;
}

function meaning(schema: JsonSchema): string {
  return schema.description ?? '';
}

export const configurationPage: GeneratedFile = {
  file: 'docs/configuration.md',
  render: () => `${new Page(configJsonSchema()).lines.join('\n').trimEnd()}\n`,
};
