/** Every query of every dashboard, asked of a real Prometheus after a real scenario, has an answer; tables have all columns. */

import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/real-flink/until.ts';
import { realProgram } from '../../test/support/real.ts';
import {
  dashboards,
  interpolated,
  labelQueriesOf,
  type Panel,
  panelNamed,
  panelsOf,
  questionsOf,
} from './support/dashboards.ts';
import { Grafana, packages, type Row } from './support/grafana.ts';
import { playScenario } from './support/scenario.ts';

const prometheus = realProgram('prometheus', 'apt-get install prometheus');
const skipped = prometheus.skip ?? packages.skip;

const panels = dashboards.flatMap(panelsOf);
const questions = dashboards.flatMap(questionsOf);

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

interface Result<T> {
  readonly result: readonly (T & { readonly metric: Row['labels'] })[];
}

/** Prometheus, asked as Grafana asks it; always of one moment, so that no scrape in between changes the answers. */
class Asked {
  readonly #url: string;
  readonly #time = Date.now() / 1000;

  constructor(url: string) {
    this.#url = url;
  }

  async now(expr: string): Promise<Row[]> {
    const { result } = await this.#ask<Result<{ value: [number, string] }>>('query', {
      query: expr,
      time: String(this.#time),
    });
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value }));
  }

  /** All values of the five minutes before, of all series. */
  async overTime(expr: string): Promise<number[]> {
    const range = { start: String(this.#time - 300), end: String(this.#time), step: '1' };
    const { result } = await this.#ask<Result<{ values: [number, string][] }>>('query_range', {
      query: expr,
      ...range,
    });
    return result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
  }

  labelValues(label: string, selector: string): Promise<string[]> {
    return this.#ask(`label/${label}/values`, { 'match[]': selector });
  }

  async #ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const { body } = await request(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { status, error, data } = (await body.json()) as Answer<T>;
    if (status !== 'success') throw new Error(`${error ?? status}: ${JSON.stringify(parameters)}`);
    return data;
  }
}

async function unanswered(asked: Asked): Promise<string[]> {
  const answers = await Promise.all(questions.map(({ expr }) => asked.now(interpolated(expr))));
  return questions.filter((_, index) => answers[index]?.length === 0).map(({ where }) => where);
}

async function answersOf(panel: Panel, asked: Asked): Promise<Row[][]> {
  return Promise.all((panel.targets ?? []).map(({ expr }) => asked.now(interpolated(expr))));
}

/** Titles in the order in which the panel wants them. */
function wantedColumns({ transformations = [] }: Panel): string[] {
  const { renameByName = {} } = transformations.find(({ id }) => id === 'organize')?.options ?? {};
  return [...new Set(Object.values(renameByName as Record<string, string>))];
}

describe.skipIf(skipped !== undefined)(`Prometheus ${skipped ?? ''}`, () => {
  it('has an answer to every query', { timeout: 120_000 }, async () => {
    // First, because it takes the process seconds in which it would answer no scrape.
    const grafana = Grafana.load();
    const { url } = await playScenario(prometheus.get());
    let asked = new Asked(url);
    let empty = await unanswered(asked);
    const isAnswered = async () => {
      if (empty.length > 0) empty = await unanswered((asked = new Asked(url)));
      return empty.length === 0;
    };
    await until('answers', isAnswered, { within: 15_000 }).catch(() => undefined);
    expect(empty).toEqual([]);

    for (const { where, expr, label } of dashboards.flatMap(labelQueriesOf)) {
      const values = await asked.labelValues(label, interpolated(expr));
      expect.soft(values, where).toContain(label === 'job_name' ? 'orders' : 'c');
    }

    const tables = panels.filter(({ type }) => type === 'table');
    for (const panel of tables) {
      const columns = await grafana.table(panel, await answersOf(panel, asked));
      const titles = columns.map(({ title }) => title);
      expect.soft(titles, panel.title).toEqual(wantedColumns(panel));
      expect
        .soft(
          columns.filter(({ texts }) => texts.every((text) => text === '')),
          panel.title,
        )
        .toEqual([]);
    }

    const broken = await grafana.table(panelNamed('Broken jobs'), await answersOf(panelNamed('Broken jobs'), asked));
    const [problem, , job] = broken.map(({ texts }) => texts);
    expect(problem?.map((text, row) => `${job?.[row] ?? ''} ${text}`).toSorted()).toEqual([
      'absent missing',
      'payments failed',
      'refused failed',
      'stuck stuck',
      'twice runs twice',
      'unseen unknown',
      'vanished vanished',
    ]);

    // Nothing is wrong with jobs that nobody has: that is 0, and not the "No data" of a flink-medic that is not there.
    for (const title of ['Failed', 'Missing', 'Running twice', 'Vanished', 'Stuck', 'Unknown']) {
      const { targets: [query] = [] } = panelNamed(title);
      const [some] = await asked.now(interpolated(query?.expr ?? ''));
      const [none] = await asked.now(interpolated(query?.expr ?? '', 'nobody'));
      expect.soft([some?.value, none?.value], title).toEqual([title === 'Failed' ? '2' : '1', '0']);
    }

    const timeline = panelNamed('State of each run');
    const display = grafana.display(timeline.fieldConfig.defaults);
    const codes = new Set(await asked.overTime(interpolated(timeline.targets?.[0]?.expr ?? '')));
    expect([...codes].map((code) => display(code).text)).toEqual(
      expect.arrayContaining(['INITIALIZING', 'RUNNING', 'UNKNOWN', 'FINISHED', 'FAILED', 'VANISHED']),
    );
  });
});
