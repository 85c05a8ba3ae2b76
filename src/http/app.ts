/**
 * The Express application: routes behind security headers and authentication, and the answers for everything else.
 * The order is exporter-toolkit's (`web/handler.go`): headers, authentication, routes; before authentication come those that
 * are open to everybody or ask for credentials of their own.
 */

import { compare } from 'bcryptjs';
import express, { type Express, type RequestHandler, type Router } from 'express';
import { basicAuth } from './basic-auth.ts';
import { PasswordVerifier } from './password-verifier.ts';
import { type ErrorLogger, errorHandler, notFound } from './problem.ts';
import { securityHeaders } from './security.ts';

export interface AppOptions {
  /** As `parseRoutePrefix` gives it: empty, or `/ops`. */
  readonly routePrefix: string;
  /** User → bcrypt hash; with none everybody may do everything. */
  readonly users: ReadonlyMap<string, string>;
  /** Routes that need no user: health, and what has an authentication of its own. */
  readonly openRoutes: readonly Router[];
  readonly routes: readonly Router[];
  readonly logger: ErrorLogger;
}

export function createApp({ routePrefix, users, openRoutes, routes, logger }: AppOptions): Express {
  const app = express();
  app.set('case sensitive routing', true);
  // Nobody asks for an answer of ours conditionally, and hashing an exposition of megabytes is not free.
  app.set('etag', false);
  app.use(securityHeaders());
  for (const route of openRoutes) app.use(`${routePrefix}/`, route);
  if (users.size > 0) app.use(basicAuth(new PasswordVerifier(users, compare)));
  if (routePrefix !== '') app.use(redirectToPrefix(routePrefix));
  for (const route of routes) app.use(`${routePrefix}/`, route);
  app.use(notFound());
  app.use(errorHandler(logger));
  return app;
}

/** With the slash at the end, so that relative links of the page there lead below the prefix. */
function redirectToPrefix(prefix: string): RequestHandler {
  return (request, response, next) => {
    if (request.path === '/' || request.path === prefix) response.redirect(302, `${prefix}/`);
    else next();
  };
}
