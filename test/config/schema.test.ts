/** What a configuration may say, and what is said of it when it says something else. */

import { describe, expect, it } from 'vitest';
import { problems } from './support/load.ts';

/** The message about one cluster, without what it has in common with all others. */
async function clusterProblem(fields: string): Promise<string> {
  const [first = ''] = await problems(`clusters:\n- name: a\n  jobmanagers: ['http://x']\n  ${fields}\n`);
  return first.replace('medic.yml:', '');
}

describe('rules', () => {
  it.each([
    ['', '1:1: needs clusters or cluster_files: nothing would be observed'],
    [
      'ledger: {url: "postgresql://db"}',
      '1:15: ledger.url: must be sqlite: and a file name, such as sqlite:flink-medic.db',
    ],
    [
      'ledger: {url: "sqlite:/x.db"}',
      '1:15: ledger.url: must name a file inside the folder of --storage.path, such as sqlite:flink-medic.db',
    ],
    [
      'ledger: {url: "sqlite:a/../../x.db"}',
      '1:15: ledger.url: must name a file inside the folder of --storage.path, such as sqlite:flink-medic.db',
    ],
    [
      'ledger: {url: "sqlite:"}',
      '1:15: ledger.url: must name a file inside the folder of --storage.path, such as sqlite:flink-medic.db',
    ],
    ['observe: {interval: 10}', '1:21: observe.interval: expected a duration such as 30s, 5m, 1h30m or 7d'],
    ['observe: {interval: 10 s}', '1:21: observe.interval: expected a duration such as 30s, 5m, 1h30m or 7d'],
    ['observe: {interval: 0s}', '1:21: observe.interval: must be at least 1s'],
    ['observe: {interval: 30d}', '1:21: observe.interval: must be at most 1h'],
    ['observe: {interval: 3s, timeout: 4s}', '1:34: observe.timeout: must be at most interval'],
    ['observe: {max_jobs: 1.5}', '1:21: observe.max_jobs: expected a whole number'],
    ['observe: {max_jobs: x}', '1:21: observe.max_jobs: expected a whole number'],
    ['observe: {max_jobs: 0}', '1:21: observe.max_jobs: must be at least 1'],
    ['archives: {max_file_size: 2 GB}', '1:27: archives.max_file_size: expected a size such as 500MB or 2GiB'],
    ['archives: {max_file_size: []}', '1:27: archives.max_file_size: expected a size such as 500MB or 2GiB'],
    ['archives: {max_file_size: 1}', '1:27: archives.max_file_size: must be at least 1KiB'],
    ['retention: {ended_runs_per_job: 0}', '1:33: retention.ended_runs_per_job: must be at least 1'],
    ['cluster_files: ["*/a.yml"]', '1:17: cluster_files[0]: * is allowed in the last part of the path only'],
    ['clusters: [{jobmanagers: ["http://x"]}]', '1:12: clusters[0].name: is missing; expected a string'],
    [
      'clusters: [{name: a}]',
      '1:12: clusters[0]: needs an address under jobmanagers, a folder under archives, or a history_server',
    ],
    [
      'clusters: [{name: a, archives: []}]',
      '1:12: clusters[0]: needs an address under jobmanagers, a folder under archives, or a history_server',
    ],
    ['clusters: [{name: "", archives: [/x]}]', '1:19: clusters[0].name: must have at least 1 character'],
    ['clusters: [{name: "a ", archives: [/x]}]', '1:19: clusters[0].name: must not begin or end with a space'],
    ['clusters: [{name: "a\\nb", archives: [/x]}]', '1:19: clusters[0].name: must be text without control characters'],
    [
      'clusters: [{name: .., archives: [/x]}]',
      '1:19: clusters[0].name: must not be "." or "..", which clients resolve away in addresses',
    ],
    [
      'clusters: [{name: "\\uD800", archives: [/x]}]',
      '1:19: clusters[0].name: must be text without control characters',
    ],
  ])('%s → %s', async (text, message) => {
    expect(await problems(text)).toEqual([`medic.yml:${message}`]);
  });

  it('knows the other keys', async () => {
    expect(await problems('clusters: []\nrestarts: {}')).toEqual([
      'medic.yml:2:1: restarts: unknown key; did you mean restart? Allowed: ledger, observe, archives, retention, cluster_files, clusters, webhook, api, restart, notify',
    ]);
  });

  it.each([
    [
      'history_servers: http://x',
      '4:3: clusters[0].history_servers: unknown key; did you mean history_server? Allowed: name, jobmanagers, archives, history_server, http, expected_jobs',
    ],
    [
      'history_server: hs:8082',
      '4:19: clusters[0].history_server: must be a URL such as http://jobmanager:8081 (http or https)',
    ],
    [
      'history_server: http://ann:secret@hs:8082',
      '4:19: clusters[0].history_server: must not contain credentials; they belong under http: basic_auth',
    ],
    [
      'archives: [s3://b/a]',
      '4:14: clusters[0].archives[0]: must be a path or a file:// URL; mount the s3 folder and give its path',
    ],
    [
      'archives: ["file://host/a"]',
      '4:14: clusters[0].archives[0]: must be a file:// URL without a host, such as file:///flink/archive',
    ],
    [
      'archives: ["file:a"]',
      '4:14: clusters[0].archives[0]: must be a file:// URL without a host, such as file:///flink/archive',
    ],
    ['archives: ["a\\0b"]', '4:14: clusters[0].archives[0]: must not contain control characters'],
    ['archives: [/a/b, "file:///a/./b/"]', '4:20: clusters[0].archives[1]: is the same as [0]'],
    ['expected_jobs: [a, b, a]', '4:25: clusters[0].expected_jobs[2]: is the same as [0]'],
    ['http: {basic_auth: {username: a}}', '4:22: clusters[0].http.basic_auth: needs password or password_file'],
    [
      'http: {basic_auth: {username: a, password: b, password_file: c}}',
      '4:22: clusters[0].http.basic_auth: needs password or password_file, not both',
    ],
    [
      'http: {basic_auth: {username: "a:b", password: b}}',
      '4:33: clusters[0].http.basic_auth.username: must not contain a colon (RFC 7617)',
    ],
    ['http: {authorization: {}}', '4:25: clusters[0].http.authorization: needs credentials or credentials_file'],
    [
      'http: {authorization: {type: basic, credentials: b}}',
      '4:32: clusters[0].http.authorization.type: must not be Basic: use basic_auth',
    ],
    [
      'http: {authorization: {type: "a b", credentials: b}}',
      '4:32: clusters[0].http.authorization.type: must be the name of an authentication scheme, such as Bearer',
    ],
    [
      'http: {authorization: {credentials: b}, basic_auth: {username: a, password: b}}',
      '4:9: clusters[0].http: needs at most one of basic_auth and authorization',
    ],
    ['http: {tls_config: {cert_file: a}}', '4:22: clusters[0].http.tls_config: needs cert_file and key_file together'],
    [
      'http: {tls_config: {insecure_skip_verify: yes}}',
      '4:45: clusters[0].http.tls_config.insecure_skip_verify: expected true or false',
    ],
    [
      'http: {proxy_url: proxy:3128}',
      '4:21: clusters[0].http.proxy_url: must be a URL such as http://proxy:3128, without path and query',
    ],
    [
      'http: {proxy_url: socks5://proxy}',
      '4:21: clusters[0].http.proxy_url: must be a URL such as http://proxy:3128, without path and query',
    ],
  ])('%s → %s', async (fields, message) => {
    expect(await clusterProblem(fields)).toBe(message);
  });

  it.each([
    ['localhost:8081', 'must be a URL such as http://jobmanager:8081 (http or https)'],
    ['ftp://x', 'must be a URL such as http://jobmanager:8081 (http or https)'],
    ['http://', 'must be a URL such as http://jobmanager:8081 (http or https)'],
    ['http://u:hunter2@x', 'must not contain credentials; they belong under http: basic_auth'],
    ['http://x/?a', 'must not have a query or a fragment'],
    ['http://x/#a', 'must not have a query or a fragment'],
  ])('%s is no address: %s', async (url, message) => {
    expect(await problems(`clusters: [{name: a, jobmanagers: ['${url}']}]`)).toEqual([
      `medic.yml:1:36: clusters[0].jobmanagers[0]: ${message}`,
    ]);
  });

  it('refuses one address twice, however it is written', async () => {
    expect(await problems('clusters: [{name: a, jobmanagers: ["http://x:80", "HTTP://X/"]}]')).toEqual([
      'medic.yml:1:51: clusters[0].jobmanagers[1]: is the same as [0]',
    ]);
  });
});
