/**
 * What `tls_server_config` means for a Node server. Node can ask for a client certificate and can refuse what does not
 * verify, but Go has client authentication types between these two: they are enforced here, before any HTTP is read.
 */

import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { SecureVersion, TLSSocket } from 'node:tls';
import type { ClientAuth, TlsServerConfig } from '../config/tls-server-config.ts';

/** A client that does not finish its handshake by then is dropped. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const OLD_VERSIONS: ReadonlySet<SecureVersion> = new Set(['TLSv1', 'TLSv1.1']);

/** An HTTPS server that ends connections whose client certificate is not what `tls.clientAuth` demands. */
export function createTlsServer(limits: ServerOptions, tls: TlsServerConfig, handler: RequestListener): Server {
  const server = createServer({ ...limits, ...tlsOptions(tls), handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, handler);
  // Before the listener of the HTTP server, so that it gets a socket that is closed already.
  server.prependListener('secureConnection', (socket) => {
    if (!isAcceptable(socket, tls.clientAuth)) socket.destroy();
  });
  return server;
}

function tlsOptions({ cert, key, clientCa, clientAuth, minVersion, maxVersion }: TlsServerConfig): ServerOptions {
  return {
    cert,
    key,
    ca: clientCa,
    minVersion,
    maxVersion,
    // OpenSSL has nothing to offer that the two old versions could use unless asked (SSL_CTX_set_security_level(3)).
    ...(OLD_VERSIONS.has(minVersion) && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    requestCert: clientAuth.request,
    rejectUnauthorized: clientAuth.require && clientAuth.verify,
  };
}

function isAcceptable(socket: TLSSocket, { require, verify }: ClientAuth): boolean {
  // Not `authorizationError`: Node sets it for a client without certificate as well.
  const hasCertificate = socket.getPeerX509Certificate() !== undefined;
  return hasCertificate ? !verify || socket.authorized : !require;
}
