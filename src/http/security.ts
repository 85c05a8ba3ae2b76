/**
 * The security headers of every answer, and those of the web configuration in their place. The pages get along with the
 * strictest policy: a stylesheet and a picture of their own, no script.
 */

import type { RequestHandler } from 'express';
import helmet from 'helmet';

export function securityHeaders(): RequestHandler {
  const own = ["'self'"];
  const none = ["'none'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: none,
        baseUri: none,
        formAction: own,
        frameAncestors: none,
        imgSrc: own,
        styleSrc: own,
      },
    },
    xFrameOptions: { action: 'deny' },
    // It would bind the host name, and so every other service on this host, to TLS.
    strictTransportSecurity: false,
  });
}

/** @param headers asked at each request, because a reload replaces them; an empty value takes a header off */
export function configuredHeaders(headers: () => ReadonlyMap<string, string>): RequestHandler {
  return (_request, response, next) => {
    for (const [name, value] of headers()) {
      if (value === '') response.removeHeader(name);
      else response.setHeader(name, value);
    }
    next();
  };
}
