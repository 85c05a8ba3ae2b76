/**
 * What all dashboards share: tag, links to the others, variables, annotations, place and number of every panel. The
 * variables `flink_cluster` and `job_name` mean the same on each, and go along from one to the next.
 */

import * as model from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, type PanelSource } from './panel.ts';
import { ALERT, BY_NAME, CLUSTER, grown, highest, JOB } from './promql.ts';

/** Every dashboard has it: by it they find each other. */
const TAG = 'flink-medic';

/** The address of something else, which people type in: links lead there. */
export interface AddressVariable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly value: string;
}

export interface DashboardFacts {
  /** Part of every link to it: never changed. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly addresses?: readonly AddressVariable[];
  /** Whether what happened to single jobs is drawn into graphs at once; else people switch it on. */
  readonly showsEvents: boolean;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSource[] }[];
}

/** @returns the dashboard in the classic form, which every Grafana from 10 on imports */
export function dashboard(facts: DashboardFacts): model.Dashboard {
  const { addresses = [] } = facts;
  const builder = new model.DashboardBuilder(facts.title)
    .uid(facts.uid)
    .description(facts.description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .tooltip(model.DashboardCursorSync.Crosshair)
    .links([linkToAll(), ...addresses.map(linkTo)])
    .variables([...variables(), ...addresses.map(addressVariable)])
    .annotations(eventQueries(facts.showsEvents));
  for (const { title, panels } of facts.rows) {
    builder.withRow(new model.RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/**
 * What the SDK leaves out or gives unasked: rows have the number 0 and panels none; annotations and links are hidden in a
 * menu, where nobody sees which annotations there are.
 */
function finished({ panels = [], links = [], annotations, ...rest }: model.Dashboard): model.Dashboard {
  return {
    ...rest,
    links: links.map(shown),
    annotations: { list: (annotations.list ?? []).map(shown) },
    panels: panels.map((panel, index) => ({ ...panel, id: index + 1 })),
  };
}

function shown<T extends { placement?: unknown }>(part: T): T {
  const copy = { ...part };
  delete copy.placement;
  return copy;
}

/** Whatever is configured, or known, has a series of these: clusters without JobManagers, too. */
function variables() {
  return [
    new model.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    labelVariable('flink_cluster', 'Cluster', 'label_values(flink_medic_breaker_open, flink_cluster)'),
    labelVariable('job_name', 'Job', `label_values(flink_job_runs_vanished_total{${CLUSTER}}, job_name)`),
  ];
}

function labelVariable(name: string, label: string, query: string): model.QueryVariableBuilder {
  const variable = new model.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .definition(query)
    .refresh(model.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
  variable.sort(model.VariableSort.AlphabeticalCaseInsensitiveAsc);
  return variable;
}

function addressVariable({ name, label, description, value }: AddressVariable): model.TextBoxVariableBuilder {
  return new model.TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue(value)
    .current({ selected: true, text: value, value });
}

function linkToAll(): model.DashboardLinkBuilder {
  return new model.DashboardLinkBuilder('Dashboards')
    .type(model.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

function linkTo({ name, label }: AddressVariable): model.DashboardLinkBuilder {
  return new model.DashboardLinkBuilder(label)
    .type(model.DashboardLinkType.Link)
    .icon('external link')
    .url(`\${${name}:raw}`)
    .targetBlank(true);
}

function eventQueries(showsEvents: boolean): model.AnnotationQueryBuilder[] {
  const job = '{{flink_cluster}} / {{job_name}}';
  const alerts = highest('alertname, severity, flink_cluster, job_name', `ALERTS{${ALERT}, alertstate="firing"}`);
  const ended = [
    grown(`${BY_NAME}, status`, `flink_job_runs_ended_total{${JOB}}`),
    `label_replace(${grown(BY_NAME, `flink_job_runs_vanished_total{${JOB}}`)}, "status", "VANISHED", "", "")`,
  ];
  return [
    annotation('Firing alerts', 'red', alerts, '{{alertname}}', job).enable(true),
    annotation('Ends of runs', 'purple', `(${ended.join(' or ')}) > 0`, '{{status}}', job).enable(showsEvents),
    annotation(
      'Restarts by Flink',
      'orange',
      `${grown(BY_NAME, `flink_job_restarts_total{${JOB}}`)} > 0`,
      'Restarted by Flink',
      job,
    ).enable(showsEvents),
    annotation(
      'Repairs',
      'blue',
      `${grown(`${BY_NAME}, result`, `flink_medic_restart_attempts_total{${JOB}}`)} > 0`,
      'Repair {{result}}',
      job,
    ).enable(showsEvents),
  ];
}

function annotation(name: string, color: string, expr: string, title: string, text: string) {
  return new model.AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .iconColor(color)
    .expr(expr)
    .titleFormat(title)
    .textFormat(text);
}
