/**
 * Grafana's own code for values and tables (`@grafana/data`), which wants a browser: jsdom is one. Loaded inside tests,
 * because it takes seconds and is not there before `npm --prefix grafana ci`.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as GrafanaData from '@grafana/data';
import type { DataFrame, DisplayProcessor, FieldConfig } from '@grafana/data';
import type * as Rxjs from 'rxjs';
import { real } from '../../../test/support/real.ts';
import type { FieldDefaults, Panel } from './dashboards.ts';

const PACKAGE = join(import.meta.dirname, '../../package.json');
const MODULES = join(import.meta.dirname, '../../node_modules');

/** The packages of grafana/package.json. */
export const packages = real(
  'what the dashboards are checked with',
  existsSync(MODULES) ? MODULES : undefined,
  'npm --prefix grafana ci',
);

/** One series of an instant query. */
export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface ShownColumn {
  readonly title: string;
  /** As a person reads them. */
  readonly texts: readonly string[];
}

/** As much of jsdom, which has no types, as is used. */
interface Jsdom {
  readonly JSDOM: new (
    html: string,
    options: { readonly url: string },
  ) => { readonly window: { readonly document: object } };
}

export class Grafana {
  readonly #data: typeof GrafanaData;
  readonly #rxjs: typeof Rxjs;

  private constructor(data: typeof GrafanaData, rxjs: typeof Rxjs) {
    this.#data = data;
    this.#rxjs = rxjs;
  }

  static load(): Grafana {
    const require = createRequire(PACKAGE);
    const { JSDOM } = require('jsdom') as Jsdom;
    const { window } = new JSDOM('', { url: 'http://localhost:3000' });
    Object.assign(globalThis, { window, document: window.document });
    const data = require('@grafana/data') as typeof GrafanaData;
    const { standardTransformers, standardTransformersRegistry } = data;
    // One has two names.
    const transformers = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
    standardTransformersRegistry.setInit(() =>
      [...transformers.values()].map((transformation) => ({
        id: transformation.id,
        name: transformation.name,
        transformation: () => Promise.resolve(transformation),
        editor: () => null,
        imageDark: '',
        imageLight: '',
      })),
    );
    return new Grafana(data, require('rxjs') as typeof Rxjs);
  }

  /** What a value becomes under this configuration: text and colour. */
  display(config: FieldDefaults, type: 'number' | 'string' = 'number'): DisplayProcessor {
    const { createTheme, FieldType, getDisplayProcessor } = this.#data;
    const field = { name: 'Value', type: FieldType[type], config: config as FieldConfig };
    return getDisplayProcessor({ field, theme: createTheme() });
  }

  units(): ReadonlySet<string> {
    return new Set(this.#data.getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value ?? '')));
  }

  /** Runs the transformations of a table over the answers to its queries, in their order. */
  async table(panel: Panel, answers: readonly (readonly Row[])[]): Promise<ShownColumn[]> {
    const { FieldType, fieldMatchers, getFieldDisplayName, transformDataFrame } = this.#data;
    const frames = answers.map((rows, index) => this.#frame(panel.targets?.[index]?.refId ?? '', rows));
    const transformed = transformDataFrame([...(panel.transformations ?? [])], frames);
    const [frame, ...others] = await this.#rxjs.firstValueFrom(transformed);
    if (frame === undefined || others.length > 0) throw new Error(`${panel.title} is not one table`);
    return frame.fields.map((field) => {
      const overrides = panel.fieldConfig.overrides.filter(({ matcher }) =>
        fieldMatchers.get(matcher.id).get(matcher.options)(field, frame, [frame]),
      );
      const properties = overrides.flatMap((override) =>
        override.properties.map(({ id, value }) => [id, value] as const),
      );
      const display = this.display(
        Object.fromEntries(properties),
        field.type === FieldType.number ? 'number' : 'string',
      );
      const texts = field.values.map((value: unknown) => {
        const { prefix = '', text, suffix = '' } = display(value);
        return `${prefix}${text}${suffix}`;
      });
      return { title: getFieldDisplayName(field, frame, [frame]), texts };
    });
  }

  /** As the Prometheus data source makes a table of an instant query: one without answer has a time and a value only. */
  #frame(refId: string, rows: readonly Row[]): DataFrame {
    const { FieldType, toDataFrame } = this.#data;
    const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels).toSorted()))];
    return toDataFrame({
      refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: rows.map(() => 0) },
        ...labels.map((name) => ({
          name,
          type: FieldType.string,
          values: rows.map((row) => row.labels[name] ?? ''),
        })),
        { name: `Value #${refId}`, type: FieldType.number, values: rows.map(({ value }) => Number(value)) },
      ],
    });
  }
}
