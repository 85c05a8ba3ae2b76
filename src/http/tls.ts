/**
 * What `tls_server_config` means for a Node server. Node can ask for a client certificate and can refuse what does not
 * verify, but Go has client authentication types between these two: they are enforced here, before any HTTP is read.
 */

import type { Server, ServerOptions } from 'node:https';
import type { SecureVersion, TLSSocket } from 'node:tls';
import type { ClientAuth, TlsServerConfig } from '../config/tls-server-config.ts';

/** A client that does not finish its handshake by then is dropped. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export function tlsServerOptions(tls: TlsServerConfig): ServerOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    // OpenSSL offers nothing that the two old versions could use unless asked (SSL_CTX_set_security_level(3)).
    ...(OLD_VERSIONS.has(tls.minVersion) && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    requestCert: tls.clientAuth.request,
    rejectUnauthorized: tls.clientAuth.require && tls.clientAuth.verify,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  };
}

const OLD_VERSIONS: ReadonlySet<SecureVersion> = new Set(['TLSv1', 'TLSv1.1']);

/** Ends connections whose client certificate is not what `clientAuth` demands. */
export function enforceClientAuth(server: Server, clientAuth: ClientAuth): void {
  // Before the listener of the HTTP server, so that it gets a socket that is closed already.
  server.prependListener('secureConnection', (socket) => {
    if (!isAcceptable(socket, clientAuth)) socket.destroy();
  });
}

function isAcceptable(socket: TLSSocket, { require, verify }: ClientAuth): boolean {
  // `authorized` alone does not say it: a resumed TLS 1.3 session without any certificate has it too.
  const hasCertificate = socket.getPeerX509Certificate() !== undefined;
  return hasCertificate ? !verify || socket.authorized : !require;
}
