/** What people can open and type while the demo runs. Called by `main.ts`. */

import type { Alarm } from './alarm.ts';
import { type DemoFlink, JOBS } from './flink.ts';
import { CLUSTER } from './configuration.ts';
import type { Medic } from './medic.ts';

/**
 * @param folder of flink-medic's configuration, ledger and log
 * @param alarm of a demo with restarts
 */
export function guide(
  { url, isReal, archiveDir }: Pick<DemoFlink, 'url' | 'isReal' | 'archiveDir'>,
  medic: Pick<Medic, 'url'>,
  folder: string,
  alarm?: Pick<Alarm, 'pages'>,
): string {
  const server = `--server.url=${medic.url}`;
  return `
To open:
  ${medic.url}/         flink-medic's page
  ${medic.url}/metrics  what Prometheus reads
  ${url}/${isReal ? "         Flink's own page, as long as its JobManager lives" : '         the fake JobManager, which has no page (see /jobs/overview)'}${(alarm?.pages ?? []).map(([page, what]) => `\n  ${page}  ${what}`).join('')}
To type, in another shell:
  npm run medic -- jobs ${server}
  npm run medic -- explain ${CLUSTER} ${JOBS.fails} ${server}
  npm run medic -- archives ${archiveDir}
  npm run ${alarm === undefined ? 'demo -- --restart     # brings the failed job back' : `medic -- incidents ${server}`}
  curl -s ${medic.url}/metrics | grep ^flink_job_final_status
Configuration, log and ledger of flink-medic: ${folder}`;
}
