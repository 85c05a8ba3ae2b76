/**
 * Certificates for tests of TLS, made by `openssl` when they are needed, valid for a day. Keeps no file: everything is
 * PEM text, and a test that needs files writes them itself.
 *
 *     const authority = createAuthority();
 *     const server = authority.issue('localhost');
 *     const client = authority.issue('flink-medic');
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  /** PEM */
  readonly key: string;
  /** PEM */
  readonly cert: string;
}

export interface Authority {
  /** The authority's own certificate, PEM. */
  readonly cert: string;
  /**
   * A certificate for servers and clients alike.
   *
   * @param altNames subject alternative names as openssl writes them; loopback by name and addresses when left out
   */
  issue(commonName: string, altNames?: readonly string[]): KeyPair;
}

const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem';
const LOOPBACK = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'];

/** @throws when openssl is not installed */
export function createAuthority(commonName = 'flink-medic test authority'): Authority {
  const authority = inFolder((folder) => {
    openssl(folder, `req -x509 ${NEW_KEY} -days 1 -out cert.pem -subj`, `/CN=${commonName}`);
    return readPair(folder);
  });
  return {
    cert: authority.cert,
    issue: (name, altNames = LOOPBACK) => inFolder((folder) => issue(folder, authority, name, altNames)),
  };
}

function issue(folder: string, authority: KeyPair, commonName: string, altNames: readonly string[]): KeyPair {
  writeFileSync(join(folder, 'ca-key.pem'), authority.key, { mode: 0o600 });
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  writeFileSync(
    join(folder, 'extensions'),
    `subjectAltName=${altNames.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  openssl(folder, `req ${NEW_KEY} -out request.pem -subj`, `/CN=${commonName}`);
  openssl(
    folder,
    'x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 1 -extfile extensions -out cert.pem',
  );
  return readPair(folder);
}

/** Runs openssl with the words of `command` and then `more`, which may hold spaces. */
function openssl(folder: string, command: string, ...more: readonly string[]): void {
  execFileSync('openssl', [...command.split(' '), ...more], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

function readPair(folder: string): KeyPair {
  return {
    key: readFileSync(join(folder, 'key.pem'), 'utf8'),
    cert: readFileSync(join(folder, 'cert.pem'), 'utf8'),
  };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'flink-medic-certificates-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
