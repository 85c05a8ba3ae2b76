/**
 * Panels in our own words, over the Foundation SDK: what is easily forgotten there (data source, refId, description, unit,
 * defaults that differ from those of the editor) is given here once. Dashboards use these functions only, so that the
 * SDK, whose classic form is marked as deprecated, can be replaced in this file and in `dashboard.ts`.
 */

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as model from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat_ from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table_ from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Look } from './states.ts';

/** The data source that the variable names. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** What a dashboard is made of. */
export type PanelSource = Builder<model.Panel>;

export interface Query {
  readonly expr: string;
  /** With labels as `{{label}}`. */
  readonly legend?: string;
}

/** From this value on, in this colour; the first step has no value. */
type Step = readonly [color: string, from?: number];

interface Link {
  readonly title: string;
  readonly url: string;
}

interface Facts {
  readonly title: string;
  /** What is shown, where it comes from, and what to think of it. */
  readonly description: string;
  /** Columns of 24. */
  readonly width: number;
  readonly height?: number;
  /** Of Grafana's list (`getValueFormats`). */
  readonly unit?: string;
  readonly decimals?: number;
  readonly steps?: readonly Step[];
  /** Texts and colours instead of values. */
  readonly looks?: Readonly<Record<string, Look>>;
  readonly noValue?: string;
  readonly links?: readonly Link[];
}

interface ValueFacts extends Facts {
  readonly queries: readonly Query[];
}

interface StatFacts extends ValueFacts {
  /** The name of the series instead of its value. */
  readonly names?: boolean;
}

interface GraphFacts extends ValueFacts {
  /** How many of something between two points: bars on each other instead of lines. */
  readonly bars?: boolean;
  /** Areas on each other. */
  readonly stacked?: boolean;
  /** Below 0, too. */
  readonly signed?: boolean;
  /** Of series, by their names. */
  readonly colors?: readonly Look[];
}

/** A column: the label that it shows, or the value of the query with that number, from 0. */
export interface Column {
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

/** What the builders of all kinds of panels have in common. */
interface CommonBuilder extends PanelSource {
  title(title: string): unknown;
  description(description: string): unknown;
  datasource(datasource: common.DataSourceRef): unknown;
  span(width: number): unknown;
  height(height: number): unknown;
  unit(unit: string): unknown;
  decimals(decimals: number): unknown;
  mappings(mappings: model.ValueMapping[]): unknown;
  thresholds(thresholds: Builder<model.ThresholdsConfig>): unknown;
  noValue(text: string): unknown;
  dataLinks(links: Builder<model.DashboardLink>[]): unknown;
  withTarget(target: Builder<prometheus.Dataquery>): unknown;
}

/** One value, or a few, as they are now. */
export function stat(facts: StatFacts): PanelSource {
  const builder = new stat_.PanelBuilder()
    .reduceOptions(lastOfAll())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(facts.names ? common.BigValueTextMode.Name : common.BigValueTextMode.Auto)
    .colorScheme(colorBy(model.FieldColorModeId.Thresholds));
  return withQueries(builder, { height: 4, ...facts }, (query) => query.instant());
}

/** Many values as they are now, as bars. */
export function bars(facts: ValueFacts): PanelSource {
  const builder = new bargauge.PanelBuilder()
    .reduceOptions(lastOfAll())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .colorScheme(colorBy(model.FieldColorModeId.Thresholds));
  return withQueries(builder, { height: 8, ...facts }, (query) => query.instant());
}

/** Values over time. */
export function graph(facts: GraphFacts): PanelSource {
  const tooltip = new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi);
  tooltip.sort(common.SortOrder.Descending);
  const onEachOther = facts.bars === true || facts.stacked === true;
  const builder = new timeseries.PanelBuilder()
    .colorScheme(colorBy(model.FieldColorModeId.PaletteClassicByName))
    .drawStyle(facts.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .fillOpacity(facts.bars ? 80 : onEachOther ? 30 : 0)
    .showPoints(common.VisibilityMode.Never)
    .stacking(
      new common.StackingConfigBuilder().mode(onEachOther ? common.StackingMode.Normal : common.StackingMode.None),
    )
    .tooltip(tooltip)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    );
  if (!facts.signed) builder.min(0);
  for (const { text, color } of facts.colors ?? []) {
    builder.overrideByName(text, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  return withQueries(builder, { height: 8, ...facts }, (query) => query.range());
}

/** A lane for each series, in the colours of its values. */
export function timeline(facts: ValueFacts): PanelSource {
  const builder = new statetimeline.PanelBuilder()
    .showValue(common.VisibilityMode.Auto)
    .mergeValues(true)
    .alignValue(common.TimelineValueAlignment.Left)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .perPage(20)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(false)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    );
  return withQueries(builder, { height: 8, ...facts }, (query) => query.range());
}

/** Rows of labels and values as they are now. */
export function table(facts: TableFacts): PanelSource {
  const builder = new table_.PanelBuilder()
    .cellHeight(common.TableCellHeight.Sm)
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
    builder.sortBy([
      new common.TableSortByFieldStateBuilder().displayName(facts.sort.column).desc(facts.sort.descending),
    ]);
  }
  for (const column of facts.columns) {
    const properties = propertiesOf(column);
    if (properties.length > 0) builder.overrideByName(column.title, properties);
  }
  const queries = facts.queries.map((expr) => ({ expr }));
  return withQueries(builder, { height: 8, ...facts, queries }, (query) =>
    query.instant().format(prometheus.PromQueryFormat.Table),
  );
}

/** The letter by which Grafana knows a query. */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
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

function propertiesOf({ unit, looks, steps, links, width }: Column): model.DynamicConfigValue[] {
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(looks === undefined ? [] : [{ id: 'mappings', value: mappingsOf(looks) }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: thresholdsOf(steps).build() }]),
    ...(looks === undefined && steps === undefined
      ? []
      : [{ id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } }]),
    ...(links === undefined ? [] : [{ id: 'links', value: links.map(({ title, url }) => ({ title, url })) }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
  ];
}

function withQueries(
  builder: CommonBuilder,
  facts: ValueFacts & { readonly height: number },
  shape: (query: prometheus.DataqueryBuilder) => prometheus.DataqueryBuilder,
): PanelSource {
  builder.title(facts.title);
  builder.description(facts.description);
  builder.datasource(DATASOURCE);
  builder.span(facts.width);
  builder.height(facts.height);
  if (facts.unit !== undefined) builder.unit(facts.unit);
  if (facts.decimals !== undefined) builder.decimals(facts.decimals);
  if (facts.looks !== undefined) builder.mappings(mappingsOf(facts.looks));
  builder.thresholds(thresholdsOf(facts.steps ?? [['text']]));
  if (facts.noValue !== undefined) builder.noValue(facts.noValue);
  if (facts.links !== undefined) {
    builder.dataLinks(facts.links.map(({ title, url }) => new model.DashboardLinkBuilder(title).url(url)));
  }
  for (const [index, { expr, legend }] of facts.queries.entries()) {
    const query = new prometheus.DataqueryBuilder().refId(refIdOf(index)).datasource(DATASOURCE).expr(expr);
    builder.withTarget(shape(query.editorMode(prometheus.QueryEditorMode.Code).legendFormat(legend ?? '__auto')));
  }
  return builder;
}

function mappingsOf(looks: Readonly<Record<string, Look>>): model.ValueMapping[] {
  const options = Object.entries(looks).map(([value, look], index) => [value, { ...look, index }] as const);
  return [{ type: model.MappingType.ValueToText, options: Object.fromEntries(options) }];
}

function thresholdsOf(steps: readonly Step[]): model.ThresholdsConfigBuilder {
  return new model.ThresholdsConfigBuilder()
    .mode(model.ThresholdsMode.Absolute)
    .steps(steps.map(([color, value]) => ({ color, value: value ?? null })));
}

function colorBy(mode: model.FieldColorModeId): model.FieldColorBuilder {
  return new model.FieldColorBuilder().mode(mode);
}

function lastOfAll(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}
