/**
 * Every answer that is an error, as RFC 9457 `application/problem+json` with two members of ours: `code`, which programs
 * decide by, and `advice`, which says what to do. Used by the middleware here and by the routes.
 */

import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { type ErrorCode, MedicError } from '../core/errors.ts';

export interface Problem {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Code of the table in `core/errors.ts`; without one the name of the HTTP status is the code (`not_found`). */
  readonly code?: ErrorCode;
  readonly detail: string;
  readonly advice?: string;
}

/** What the error handler needs of a logger; pino has it. */
export interface ErrorLogger {
  error(fields: object, message: string): void;
}

/** Sends a problem; headers that the caller has set (`Allow`, `Retry-After`) stay. */
export function sendProblem(response: Response, problem: Problem): void {
  const { status, detail, advice } = problem;
  const title = STATUS_CODES[status] ?? 'Error';
  const code = problem.code ?? title.toLowerCase().replaceAll(/\W+/g, '_');
  const body = `${JSON.stringify({ type: 'about:blank', title, status, code, detail, advice })}\n`;
  // The route may have promised another form of body before it failed.
  response.removeHeader('Content-Encoding');
  response.status(status).set({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' }).end(body);
}

/** The last route: nothing else has answered. */
export function notFound(): RequestHandler {
  return (_request, response) => {
    sendProblem(response, {
      status: 404,
      detail: 'There is nothing at this path.',
      advice: 'The start page lists what there is; paths begin with --web.route-prefix and are case-sensitive.',
    });
  };
}

/** 405 with `Allow` (RFC 9110 15.5.6), for a path that exists. */
export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (_request, response) => {
    response.set('Allow', allow);
    sendProblem(response, { status: 405, detail: 'This path has no such method.', advice: `Use ${allow}.` });
  };
}

/** Answers for whatever a route threw. Failures of ours are logged; the text of an unforeseen one is for the log only. */
export function errorHandler(logger: ErrorLogger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, { method, path }, response, _next) => {
    const problem = problemOf(error);
    // A failure that we know needs no stack.
    if (problem.status >= 500 && error instanceof MedicError) {
      logger.error({ code: error.code, method, path }, `HTTP request failed: ${error.message}`);
    } else if (problem.status >= 500) logger.error({ err: error, method, path }, 'HTTP request failed');
    // Half an answer must not look like a whole one.
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
}

/** What is no 500: it is for the client to change, or passes. */
const STATUS_OF: Readonly<Partial<Record<ErrorCode, number>>> = {
  unknown_subject: 404,
  not_possible: 409,
  ledger_locked: 503,
  ledger_newer: 503,
  ledger_unusable: 503,
  ledger_write: 503,
  lease_lost: 503,
};

function problemOf(error: unknown): Problem {
  if (error instanceof MedicError) {
    const { code, message } = error;
    return { status: STATUS_OF[code] ?? 500, code, detail: message };
  }
  // Express and its body parsers mark what the client did wrong with a status (package http-errors, and the router).
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    const { status, message } = error;
    if (status >= 400 && status < 500) return { status, detail: message };
  }
  return { status: 500, detail: 'flink-medic failed to answer.', advice: 'Its log has the cause.' };
}
