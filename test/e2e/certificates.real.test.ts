/** Debian's Prometheus, and a client that connects anew each time, while the server's certificate is renewed again and again. */

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority, type KeyPair } from '../support/certificates.ts';
import { realProgram } from '../support/real.ts';
import { until } from '../real-flink/until.ts';
import { RunningMedic, temporaryFolder } from './support/medic.ts';
import { Prometheus } from './support/prometheus.ts';

const prometheus = realProgram('prometheus', 'apt-get install prometheus');

/** A secret as Kubernetes mounts it: links through `..data`, which is replaced as one. */
function mountSecret(folder: string, pair: KeyPair, version: number): void {
  mkdirSync(join(folder, `..${String(version)}`));
  writeFileSync(join(folder, `..${String(version)}`, 'tls.crt'), pair.cert);
  writeFileSync(join(folder, `..${String(version)}`, 'tls.key'), pair.key);
  symlinkSync(`..${String(version)}`, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

/** The common name of the certificate that a new connection is shown; rejects when the handshake fails. */
function shown(url: string, ca: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca }, () => {
      resolve(socket.getPeerX509Certificate()?.subject ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe.skipIf(prometheus.skip !== undefined)(`renewed certificates ${prometheus.skip ?? ''}`, () => {
  it('fail no scrape and no handshake', async () => {
    const authority = createAuthority();
    const folder = temporaryFolder();
    const pairs = [0, 1, 2].map((version) => authority.issue(`version ${String(version)}`));
    const mount = (version: number): void => mountSecret(folder, pairs[version] ?? authority.issue('none'), version);
    mount(0);
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(folder, name));
    const webConfigFile = join(folder, 'web.yml');
    writeFileSync(webConfigFile, JSON.stringify({ tls_server_config: { cert_file: 'tls.crt', key_file: 'tls.key' } }));
    const medic = await RunningMedic.start({ config: { clusters: [] }, webConfigFile, waitUntilIdle: false });
    const url = medic.url.replace('http:', 'https:');
    const target = { targets: [new URL(url).host] };
    const server = await Prometheus.start(
      prometheus.get(),
      {
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [
          { job_name: 'medic', scheme: 'https', tls_config: { ca_file: 'ca.pem' }, static_configs: [target] },
        ],
      },
      { 'ca.pem': authority.cert },
    );
    onTestFinished(() => server.stop());
    const scrapes = async (): Promise<number> =>
      Number((await server.query('count_over_time(up[5m])'))[0]?.value ?? Number.NaN);
    await until('a first scrape', async () => (await scrapes()) > 0);
    for (const version of [1, 2]) {
      const before = await scrapes();
      mount(version);
      await until(`version ${String(version)}`, async () => {
        medic.time.fireNext(medic.time.manual.now() + 1_000);
        return (await shown(url, authority.cert)) === `CN=version ${String(version)}`;
      });
      await until('more scrapes', async () => (await scrapes()) > before);
    }
    expect((await server.query('min_over_time(up[5m])'))[0]?.value).toBe('1');
  });
});
