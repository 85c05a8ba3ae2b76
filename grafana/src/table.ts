/** Tables: several instant queries, merged row by row into the columns that are wanted. */

import {
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { type Facts, mappingsOf, type PanelSource, refIdOf, type Step, thresholdsOf, withQueries } from './panel.ts';
import type { Look } from './states.ts';

interface Link {
  readonly title: string;
  readonly url: string;
}

/** A column: the label that it shows, or the value of the query with that number, from 0. */
interface Column {
  readonly from: string | number;
  readonly title: string;
  readonly unit?: string;
  readonly looks?: Readonly<Record<string, Look>>;
  readonly steps?: readonly Step[];
  readonly links?: readonly Link[];
  readonly width?: number;
}

interface TableFacts extends Facts {
  /** Their rows are merged where all labels that they share are the same. */
  readonly queries: readonly string[];
  /** In their order; anything else that the queries answer is left out. */
  readonly columns: readonly Column[];
  readonly sort?: { readonly column: string; readonly descending: boolean };
}

/** Rows of labels and values as they are now. */
export function table(facts: TableFacts): PanelSource {
  const builder = new PanelBuilder()
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .transformations([
      { id: 'merge', options: {} },
      { id: 'filterFieldsByName', options: { include: { names: Object.keys(byField(facts.columns, () => true)) } } },
      {
        id: 'organize',
        options: {
          excludeByName: {},
          indexByName: byField(facts.columns, (_, index) => index),
          renameByName: byField(facts.columns, ({ title }) => title),
        },
      },
    ]);
  if (facts.sort !== undefined) {
    builder.sortBy([new TableSortByFieldStateBuilder().displayName(facts.sort.column).desc(facts.sort.descending)]);
  }
  for (const column of facts.columns) {
    const properties = propertiesOf(column);
    if (properties.length > 0) builder.overrideByName(column.title, properties);
  }
  const queries = facts.queries.map((expr) => ({ expr }));
  return withQueries(builder, { height: 8, ...facts, queries }, (query) =>
    query.instant().format(PromQueryFormat.Table),
  );
}

/** As the Prometheus data source calls a column. The first is only `Value` while no other query has an answer. */
function fieldsOf({ from }: Column): string[] {
  if (typeof from === 'string') return [from];
  return from === 0 ? ['Value', `Value #${refIdOf(0)}`] : [`Value #${refIdOf(from)}`];
}

function byField<T>(columns: readonly Column[], value: (column: Column, index: number) => T): Record<string, T> {
  return Object.fromEntries(
    columns.flatMap((column, index) => fieldsOf(column).map((field) => [field, value(column, index)])),
  );
}

function propertiesOf({ unit, looks, steps, links, width }: Column): DynamicConfigValue[] {
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(looks === undefined ? [] : [{ id: 'mappings', value: mappingsOf(looks) }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: thresholdsOf(steps).build() }]),
    ...(looks === undefined && steps === undefined
      ? []
      : [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }]),
    ...(links === undefined ? [] : [{ id: 'links', value: links }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
  ];
}
