/** The kinds of panels but for tables: values now, bars, graphs, state timelines. Dashboards use nothing else. */

import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as model from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelSource, type ValueFacts, withQueries } from './panel.ts';
import type { Look } from './states.ts';

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

/** One value, or a few, as they are now. */
export function stat(facts: StatFacts): PanelSource {
  const builder = new StatBuilder()
    .reduceOptions(lastOfAll())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(facts.names ? common.BigValueTextMode.Name : common.BigValueTextMode.Auto)
    .colorScheme(colorBy(model.FieldColorModeId.Thresholds));
  return withQueries(builder, { height: 4, ...facts }, (query) => query.instant());
}

/** Many values as they are now, as bars. */
export function bars(facts: ValueFacts): PanelSource {
  const builder = new BarGaugeBuilder()
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
  const builder = new TimeSeriesBuilder()
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
  const builder = new StateTimelineBuilder()
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

function colorBy(mode: model.FieldColorModeId): model.FieldColorBuilder {
  return new model.FieldColorBuilder().mode(mode);
}

function lastOfAll(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}
