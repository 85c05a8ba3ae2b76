/**
 * Who is asked whether a fact holds: Alertmanager's API, Prometheus, what flink-medic answered to the webhook, and its
 * incidents. Keeps nothing. Called by the acts.
 */

import type { IncidentResource } from '../../src/http/incident-resources.ts';
import type { ActiveAlert, Alertmanager } from '../../test/e2e/support/alertmanager.ts';
import type { Prometheus } from '../../test/e2e/support/prometheus.ts';
import type { Medic } from '../demo/medic.ts';
import type { Evidence, Facts } from './facts.ts';
import type { Answer } from './wiretap.ts';

type Labels = Readonly<Record<string, string>>;

export interface WitnessesOptions {
  readonly alerting: {
    readonly alertmanager: Pick<Alertmanager, 'alerts'>;
    readonly prometheus: Pick<Prometheus, 'query'>;
  };
  readonly medic: Pick<Medic, 'incidents'>;
  readonly wiretap: { readonly answers: readonly Answer[] };
  readonly facts: Pick<Facts, 'holds'>;
}

export class Witnesses {
  readonly #options: WitnessesOptions;

  constructor(options: WitnessesOptions) {
    this.#options = options;
  }

  /** The alert fires, is not muted, and goes to these receivers and no other. */
  alert(name: string, about: Labels, receivers: readonly string[]): Promise<void> {
    return this.#holds(`${name}${text(about)} is active in Alertmanager, for ${receivers.join(' and ')}`, async () => {
      const { alertmanager } = this.#options.alerting;
      const found = find(await alertmanager.alerts(), name, about);
      const names = found?.receivers.map((receiver) => receiver.name).toSorted((a, b) => a.localeCompare(b));
      return found?.status.state === 'active' && names?.join() === receivers.join() ? text(found.labels) : undefined;
    });
  }

  /** The alert fires and is muted by that other one alone. */
  muted(name: string, about: Labels, source: string): Promise<void> {
    return this.#holds(`${name}${text(about)} is suppressed in Alertmanager, by ${source}`, async () => {
      const alerts = await this.#options.alerting.alertmanager.alerts();
      const status = find(alerts, name, about)?.status;
      const by = status?.inhibitedBy.map((id) => alerts.find(({ fingerprint }) => fingerprint === id)?.labels);
      return by?.length === 1 && by[0]?.['alertname'] === source ? `inhibitedBy ${text(by[0])}` : undefined;
    });
  }

  resolved(name: string, about: Labels): Promise<void> {
    return this.#holds(`${name}${text(about)} has resolved`, async () => {
      const alerts = await this.#options.alerting.alertmanager.alerts();
      return find(alerts, name, about) === undefined ? '' : undefined;
    });
  }

  /** Prometheus, which scraped flink-medic, finds the series. */
  metric(promql: string): Promise<void> {
    return this.#holds(promql, async () => {
      const [series] = await this.#options.alerting.prometheus.query(promql);
      return series === undefined ? undefined : `in Prometheus, ${series.value}`;
    });
  }

  /** flink-medic took the message about the job's alert. */
  answered(job: string): Promise<void> {
    return this.#holds(`The webhook answered Alertmanager's message about ${job} with 202`, () => {
      const answer = this.#options.wiretap.answers.find(
        ({ labels, status }) => labels['job_name'] === job && status === 'firing',
      );
      if (answer?.code !== 202 || !['opened', 'joined'].includes(answer.became)) return undefined;
      return `${answer.became}: ${answer.detail}`;
    });
  }

  /** @param evidence what to show of it; nothing (undefined) while it is not as wanted */
  incident(
    job: string,
    what: string,
    evidence: (incident: IncidentResource) => Promise<string | undefined> | string | undefined,
  ): Promise<void> {
    return this.#holds(`The incident of ${job} ${what}`, async () => {
      const incident = (await this.#options.medic.incidents()).find(({ job_name: name }) => name === job);
      return incident && evidence(incident);
    });
  }

  #holds(fact: string, evidence: Evidence): Promise<void> {
    return this.#options.facts.holds(fact, evidence);
  }
}

function find(alerts: readonly ActiveAlert[], name: string, about: Labels): ActiveAlert | undefined {
  return alerts.find(({ labels }) => matches(labels, { alertname: name, ...about }));
}

function matches(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** What there is, for a fact that does not hold. */
export function alertLines(alerts: readonly ActiveAlert[]): string[] {
  return alerts.map(({ labels, status, receivers }) => {
    return `${text(labels)} is ${status.state}, for ${receivers.map(({ name }) => name).join(' and ')}`;
  });
}

/** As PromQL writes them. */
function text(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}`;
}
