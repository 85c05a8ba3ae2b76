/** The committed dashboards as users import them, and everything in them that Prometheus is asked. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../dashboards');

export interface Query {
  readonly refId: string;
  readonly expr: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly legendFormat?: string;
  readonly format?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
}

export interface Transformation {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

interface Mapping {
  readonly type: string;
  readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

export interface FieldDefaults {
  readonly unit?: string;
  readonly mappings?: readonly Mapping[];
  readonly links?: readonly { readonly title: string; readonly url: string }[];
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Query[];
  readonly transformations?: readonly Transformation[];
  readonly fieldConfig: { readonly defaults: FieldDefaults; readonly overrides: readonly Override[] };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query: string | { readonly query: string };
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly id?: unknown;
  readonly links: readonly Readonly<Record<string, unknown>>[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: {
    readonly list: readonly Readonly<Record<string, unknown> & { name: string; expr: string }>[];
  };
  /** Rows, too. */
  readonly panels: readonly Panel[];
}

export const dashboards: readonly Dashboard[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard);

/** Without rows. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return dashboard.panels.filter(({ type }) => type !== 'row');
}

/** @throws when no dashboard has it */
export function panelNamed(title: string): Panel {
  const panel = dashboards.flatMap(panelsOf).find((one) => one.title === title);
  if (panel === undefined) throw new Error(`there is no panel ${title}`);
  return panel;
}

/** Something that Prometheus is asked, and where that stands: for messages. */
export interface Asked {
  readonly where: string;
  readonly expr: string;
}

export function questionsOf(dashboard: Dashboard): Asked[] {
  const { uid, annotations } = dashboard;
  return [
    ...panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ where: `${uid} / ${title} / ${refId}`, expr })),
    ),
    ...annotations.list.map(({ name, expr }) => ({ where: `${uid} / annotation ${name}`, expr })),
  ];
}

/** The `label_values(selector, label)` of the variables. */
export function labelQueriesOf({ uid, templating }: Dashboard): (Asked & { readonly label: string })[] {
  return templating.list.flatMap(({ name, query }) => {
    const text = typeof query === 'string' ? query : query.query;
    const [, expr, label] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? [];
    return expr === undefined || label === undefined ? [] : [{ where: `${uid} / variable ${name}`, expr, label }];
  });
}

/**
 * As Grafana does it, over a time in which all of a scenario lies.
 *
 * @param selected of both variables; everything unless told
 */
export function interpolated(expr: string, selected = '.+'): string {
  return expr
    .replaceAll('$flink_cluster', selected)
    .replaceAll('$job_name', selected)
    .replaceAll(/\$__(rate_interval|range)/g, '10m');
}
