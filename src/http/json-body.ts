/** Reads the JSON body of a request, bounded; a route calls it once it knows who asks. */

import express, { type Request, type Response } from 'express';

export type ReadJson = (request: Request, response: Response) => Promise<unknown>;

/**
 * The body must be declared as JSON: a form of another site in somebody's browser cannot do that.
 *
 * @param limitBytes after decompression; chunked bodies are counted, too
 * @returns what reads a body; it rejects with an error that has the `status` 400, 413 or 415
 */
export function jsonReader(limitBytes: number): ReadJson {
  const parse = express.json({ limit: limitBytes });
  return async (request, response) => {
    if (request.is('application/json') !== 'application/json') throw new UnsupportedMediaType();
    await new Promise<void>((resolve, reject) => {
      parse(request, response, (error: unknown) => (error === undefined ? resolve() : reject(error)));
    });
    return request.body as unknown;
  };
}

/** In the form of Express' own errors, which the error handler knows. */
class UnsupportedMediaType extends Error {
  readonly status = 415;

  constructor() {
    super('The request has no JSON body; send it with "Content-Type: application/json".');
  }
}
