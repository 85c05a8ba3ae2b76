/**
 * `GET /probe?target=NAME`: one configured cluster, observed now; the multi-target pattern of Prometheus for people who
 * want one target a cluster. The target is a name, never a URL, so nobody can make flink-medic send requests elsewhere.
 */

import type { Request, Router } from 'express';
import { endpoint } from '../endpoint.ts';
import { sendProblem } from '../problem.ts';
import { queryValues } from '../query-values.ts';
import type { ExpositionSender, MakePage } from './exposition-answer.ts';

/** What a scraper gives up on less this is what a probe may take (blackbox_exporter's `--timeout-offset`). */
const TIMEOUT_OFFSET_MS = 500;
const DEFAULT_TIMEOUT_MS = 10_000;

export interface Prober {
  isCluster(name: string): boolean;
  /** Observes the cluster now, or waits for the observation under way, for at most `timeoutMs`. */
  probe(name: string, timeoutMs: number): Promise<MakePage>;
}

export function probeRoute(prober: Prober, sender: ExpositionSender): Router {
  return endpoint('/probe', {
    GET: async (request, response) => {
      const [target, ...more] = queryValues(request, 'target');
      if (target === undefined || target === '' || more.length > 0) {
        const advice = 'Use /probe?target=NAME with the name of one configured cluster.';
        return sendProblem(response, { status: 400, detail: 'The parameter target is missing or repeated.', advice });
      }
      if (!prober.isCluster(target)) {
        const detail = `No cluster ${JSON.stringify(target)} is configured.`;
        return sendProblem(response, { status: 404, detail, advice: 'GET /sd lists the targets.' });
      }
      await sender.send(request, response, await prober.probe(target, timeoutOf(request)));
    },
  });
}

function timeoutOf(request: Request): number {
  const seconds = Number(request.get('x-prometheus-scrape-timeout-seconds'));
  if (!Number.isFinite(seconds) || seconds <= 0) return DEFAULT_TIMEOUT_MS;
  return Math.max(1, Math.min(seconds * 1000, 120_000) - TIMEOUT_OFFSET_MS);
}
