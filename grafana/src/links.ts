/** Where the rows of tables lead: other dashboards, Flink, its History Server, the page of flink-medic. */

import type { AddressVariable } from './dashboard.ts';

/** Of the columns `Cluster` and `Job`, which every table with such a link has. */
const CLUSTER = '${__data.fields.Cluster:percentencode}';
const JOB = '${__data.fields.Job:percentencode}';
const RUN = '${__data.fields.Run:percentencode}';

export const TO_JOB = {
  title: 'Dashboard of the job',
  url: `/d/flink-medic-job?var-datasource=\${datasource}&var-flink_cluster=${CLUSTER}&var-job_name=${JOB}&\${__url_time_range}`,
};

export const TO_MEDIC = {
  title: 'What flink-medic knows of the job',
  url: `\${flink_medic_url:raw}/ui/jobs/${CLUSTER}/${JOB}`,
};

export const TO_FLINK = {
  title: 'Flink',
  url: `\${flink_url:raw}/#/job/running/${RUN}/overview`,
};

export const TO_HISTORY_SERVER = {
  title: 'History Server',
  url: `\${history_server_url:raw}/#/job/completed/${RUN}/overview`,
};

export const FLINK_URL: AddressVariable = {
  name: 'flink_url',
  label: 'Flink',
  description: 'Address of the web interface of Flink, for links.',
  value: 'http://localhost:8081',
};

export const HISTORY_SERVER_URL: AddressVariable = {
  name: 'history_server_url',
  label: 'History Server',
  description: "Address of Flink's History Server, for links to runs that have ended.",
  value: 'http://localhost:8082',
};

export const FLINK_MEDIC_URL: AddressVariable = {
  name: 'flink_medic_url',
  label: 'flink-medic',
  description: 'Address of flink-medic, for links.',
  value: 'http://localhost:10082',
};
