/**
 * The Express application: routes behind security headers, rate limit and authentication, and the answers for everything
 * else. The order is exporter-toolkit's (`web/handler.go`): configuration, limiter, authentication, routes; before the
 * limiter come the routes that are open to everybody or ask for credentials of their own. The headers come first, so that
 * every answer has them.
 */

import type { RequestListener } from 'node:http';
import express, { type Express, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { WebConfig } from '../config/web-config.ts';
import { basicAuth } from './basic-auth.ts';
import { type ComparePassword, PasswordVerifier } from './password-verifier.ts';
import { type ErrorLogger, errorHandler, notFound, sendProblem } from './problem.ts';
import { RateLimiter, rateLimit } from './rate-limiter.ts';
import { configuredHeaders, securityHeaders } from './security.ts';

export interface AppOptions {
  /** As `parseRoutePrefix` gives it: empty, or `/ops`. */
  readonly routePrefix: string;
  /** Asked at each request, because a reload replaces it. */
  readonly webConfig: () => WebConfig;
  readonly comparePassword: ComparePassword;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Routes that need no user: health, and what has an authentication of its own. */
  readonly openRoutes: readonly Router[];
  readonly routes: readonly Router[];
  readonly logger: ErrorLogger;
}

export function createApp(options: AppOptions): Express {
  const { routePrefix, webConfig, comparePassword, now, openRoutes, routes, logger } = options;
  const app = express();
  app.set('case sensitive routing', true);
  // Nobody asks for an answer of ours conditionally, and hashing an exposition of megabytes is not free.
  app.set('etag', false);
  app.use(securityHeaders());
  app.use(configuredHeaders(() => webConfig().headers));
  for (const route of openRoutes) app.use(`${routePrefix}/`, route);
  app.use(rateLimit(new RateLimiter(now), () => webConfig().rateLimit));
  app.use(basicAuth(() => webConfig().users, new PasswordVerifier(comparePassword)));
  if (routePrefix !== '') app.use(redirectToPrefix(routePrefix));
  for (const route of routes) app.use(`${routePrefix}/`, route);
  app.use(notFound());
  app.use(errorHandler(logger));
  return app;
}

/** The application for a server. Express calls none of its routes for a target that it cannot parse, as `http://[`. */
export function listenerOf(app: Express): RequestListener {
  return (request, response) => {
    app(request as Request, response as Response, () =>
      sendProblem(response as Response, { status: 400, detail: 'The target of the request is no path.' }),
    );
  };
}

/** With the slash at the end, so that relative links of the page there lead below the prefix. */
function redirectToPrefix(prefix: string): RequestHandler {
  return (request, response, next) => {
    if (request.path === '/' || request.path === prefix) response.redirect(302, `${prefix}/`);
    else next();
  };
}
