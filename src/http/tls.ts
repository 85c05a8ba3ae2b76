/**
 * What `tls_server_config` means for a Node server. Node can ask for a client certificate and can refuse what does not
 * verify, but Go has client authentication types between these two, and names that a certificate must have: they are
 * enforced here, before any HTTP is read.
 */

import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { SecureContextOptions, SecureVersion, TLSSocket } from 'node:tls';
import type { TlsServerConfig } from '../config/tls-server-config.ts';
import { subjectAltNames } from './subject-alt-names.ts';

/** A client that does not finish its handshake by then is dropped. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const OLD_VERSIONS: ReadonlySet<SecureVersion> = new Set(['TLSv1', 'TLSv1.1']);

/** OpenSSL switches TLS 1.3 off when none of these is listed; in Go they are always on. */
const SUITES_OF_TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** An HTTPS server that ends connections whose client certificate is not what `tls` demands. */
export class TlsServer {
  readonly server: Server;
  #tls: TlsServerConfig;

  constructor(limits: ServerOptions, tls: TlsServerConfig, handler: RequestListener) {
    const { request, require, verify } = tls.clientAuth;
    this.#tls = tls;
    this.server = createServer(
      {
        ...limits,
        ...contextOf(tls),
        requestCert: request,
        rejectUnauthorized: require && verify,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      },
      handler,
    );
    // Before the listener of the HTTP server, so that it gets a socket that is closed already.
    this.server.prependListener('secureConnection', (socket) => {
      if (!isAcceptable(socket, this.#tls)) socket.destroy();
    });
  }

  /** From the next connection on. Those that are open stay; Node cannot change `clientAuth` while it listens. */
  replace(tls: TlsServerConfig): void {
    this.server.setSecureContext(contextOf(tls));
    this.#tls = tls;
  }
}

function contextOf(tls: TlsServerConfig): SecureContextOptions {
  const { cert, key, clientCa, minVersion, maxVersion, curves } = tls;
  const ciphers = ciphersOf(tls);
  return {
    cert,
    key,
    ca: clientCa,
    minVersion,
    maxVersion,
    honorCipherOrder: tls.preferServerCipherSuites,
    ...(ciphers.length > 0 && { ciphers: ciphers.join(':') }),
    ...(curves.length > 0 && { ecdhCurve: curves.join(':') }),
  };
}

function ciphersOf({ cipherSuites, minVersion }: TlsServerConfig): string[] {
  // OpenSSL has nothing to offer that the two old versions could use unless asked (SSL_CTX_set_security_level(3)).
  const old = OLD_VERSIONS.has(minVersion) ? ['@SECLEVEL=0'] : [];
  if (cipherSuites.length === 0) return old.length > 0 ? ['DEFAULT', ...old] : [];
  const ofTls13 = cipherSuites.some((suite) => suite.startsWith('TLS_')) ? [] : SUITES_OF_TLS13;
  return [...ofTls13, ...cipherSuites, ...old];
}

function isAcceptable(socket: TLSSocket, { clientAuth, clientAllowedSans }: TlsServerConfig): boolean {
  // Not `authorizationError`: Node sets it for a client without certificate as well.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return !clientAuth.require;
  if (clientAuth.verify && !socket.authorized) return false;
  if (clientAllowedSans.length === 0) return true;
  return subjectAltNames(certificate.subjectAltName ?? '').some((name) => clientAllowedSans.includes(name));
}
