/**
 * What panels of all kinds have in common, in our own words, over the Foundation SDK: what is easily forgotten there (data
 * source, refId, description, unit, defaults that differ from those of the editor) is given here once. The SDK, whose
 * classic form is marked as deprecated, is known to this file, `panels.ts`, `table.ts` and `dashboard.ts` only.
 */

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type * as common from '@grafana/grafana-foundation-sdk/common';
import * as model from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
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
export type Step = readonly [color: string, from?: number];

export interface Facts {
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
}

export interface ValueFacts extends Facts {
  readonly queries: readonly Query[];
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
  withTarget(target: Builder<prometheus.Dataquery>): unknown;
}

/** Gives a panel of any kind its facts and its queries. */
export function withQueries(
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
  for (const [index, { expr, legend }] of facts.queries.entries()) {
    const query = new prometheus.DataqueryBuilder().refId(refIdOf(index)).datasource(DATASOURCE).expr(expr);
    builder.withTarget(shape(query.editorMode(prometheus.QueryEditorMode.Code).legendFormat(legend ?? '__auto')));
  }
  return builder;
}

/** The letter by which Grafana knows a query. */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

export function mappingsOf(looks: Readonly<Record<string, Look>>): model.ValueMapping[] {
  const options = Object.entries(looks).map(([value, look], index) => [value, { ...look, index }] as const);
  return [{ type: model.MappingType.ValueToText, options: Object.fromEntries(options) }];
}

export function thresholdsOf(steps: readonly Step[]): model.ThresholdsConfigBuilder {
  return new model.ThresholdsConfigBuilder()
    .mode(model.ThresholdsMode.Absolute)
    .steps(steps.map(([color, value]) => ({ color, value: value ?? null })));
}
