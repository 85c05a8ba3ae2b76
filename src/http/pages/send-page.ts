/** Sends a page, with what all of them have in common. Called by the routes. */

import type { Request, Response } from 'express';
import { documentOf, type Page, type Program } from './document.ts';
import { rootFrom, type View } from './view.ts';

/** Less would be a load that nobody ordered. */
const SHORTEST_REFRESH_S = 5;

export interface PageContext extends Program {
  /** Our clock, milliseconds. */
  now(): number;
}

/** @param make gets where the page is seen from; `status` is 200 without one */
export async function sendPage(
  request: Request,
  response: Response,
  context: PageContext,
  make: (view: View) => Page | Promise<Page>,
  status = 200,
): Promise<void> {
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  const view: View = { root: rootFrom(request.path), now: context.now(), query };
  const text = documentOf(await make(view), view, context);
  const refresh = query.get('refresh') ?? '';
  if (/^\d{1,5}$/.test(refresh)) response.set('Refresh', String(Math.max(SHORTEST_REFRESH_S, Number(refresh))));
  response.status(status).set('Cache-Control', 'private, no-cache').type('html').send(text);
}
