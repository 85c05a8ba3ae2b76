/**
 * `GET /runbooks/{name}.md`: the runbooks that alerts link to, as they lie in `docs/runbooks/`. Markdown for programs, a
 * page for browsers. `GET /runbooks` leads to the index.
 */

import { readFile } from 'node:fs/promises';
import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Page, Program } from '../pages/document.ts';
import { unknownRunbookPage } from '../pages/not-found.ts';
import { runbookPage } from '../pages/runbook.ts';
import { sendPage } from '../pages/send-page.ts';
import { rootFrom, type View } from '../pages/view.ts';
import { sendProblem } from '../problem.ts';

/** @param folder of the runbooks, with a slash at the end */
export function runbookRoute(folder: URL, knowledge: Pick<Knowledge, 'now'>, program: Program): Router {
  const context = { ...program, now: () => knowledge.now() };
  return endpoint('/runbooks{/:file}', {
    GET: async (request, response) => {
      const { file } = request.params as { file?: string };
      if (file === undefined) {
        response.redirect(302, `${rootFrom(request.path)}runbooks/README.md`);
        return;
      }
      const text = await readRunbook(folder, file);
      const isBrowser = request.accepts(['text/markdown', 'html']) === 'html';
      response.vary('Accept');
      if (isBrowser) {
        const page = (view: View): Page =>
          text === undefined ? unknownRunbookPage(file, view) : runbookPage(file, text);
        await sendPage(request, response, context, page, text === undefined ? 404 : 200);
      } else if (text === undefined) {
        const detail = `There is no runbook ${JSON.stringify(file)}.`;
        const advice = 'Runbooks are named after alerts, in lower case: flinkjobfailed.md.';
        sendProblem(response, { status: 404, detail, advice });
      } else {
        response.set('Cache-Control', 'private, no-cache').type('text/markdown').send(text);
      }
    },
  });
}

async function readRunbook(folder: URL, file: string): Promise<string | undefined> {
  // No other name can leave the folder, or meet a file that is none of ours.
  if (!/^[a-zA-Z\d-]{1,100}\.md$/.test(file)) return undefined;
  try {
    return await readFile(new URL(file, folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
