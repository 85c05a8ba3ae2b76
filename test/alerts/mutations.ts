/** What the promtool tests of alerts/ must notice: a file of rules, and changes of its text that each make a test fail. */

/** What then goes wrong, the text that is replaced wherever it stands, and what stands there instead. */
export type Mutation = readonly [wrong: string, text: string, instead: string];

export const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'flink-failures': [
    ['any end is a failure', 'flink_job_final_status{status="FAILED"}', 'flink_job_final_status'],
    ['a newer run changes nothing', '_superseded[10m]) == 1', '_superseded[10m]) == 2'],
    ['a gap between scrapes resolves', '[10m]', '[1m]'],
    ['what nobody reports any more goes on for an hour', '[10m]', '[1h]'],
    ['old failures count', '< 86400', '< 864000'],
    ['failures of today do not count', '< 86400', '< 3600'],
    ['labels of the scrape enter', '(flink_cluster, job_id, job_name)', '(flink_cluster, job_id, job_name, instance)'],
    ['jobs without a policy trigger', 'on (flink_cluster, job_name)\n', 'on ()\n'],
    ['dry run does not trigger', '_managed[10m])', '_managed[10m]) == 1'],
    ['the alert waits', 'labels:\n', 'for: 1m\n        labels:\n'],
  ],
};
