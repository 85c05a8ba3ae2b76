/**
 * How a JobManager is reached: credentials, certificates, proxy. The configuration gives it, the client uses it. Secrets
 * are functions, so that a rotated file counts from the next request on and nothing keeps a secret longer than needed.
 */

/** Certificates in PEM, as `node:tls` takes them. */
export interface TlsMaterial {
  /** Trusted instead of the built-in authorities. */
  readonly ca?: string | Buffer;
  /** Client certificate and its key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the server's certificate must have, when it is not the one in the URL. */
  readonly servername?: string;
  /** False accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
}

export interface HttpAccess {
  /** The whole `Authorization` header value. Called before each request; a rejection counts as `unauthorized`. */
  readonly authorization?: () => Promise<string | undefined>;
  /** Called before each request to an https address; a rejection counts as `tls`. */
  readonly tls?: () => Promise<TlsMaterial>;
  /** An HTTP proxy; may carry `user:password@`. */
  readonly proxyUrl?: string;
}
