/**
 * `GET /runbooks/{name}.md`: the runbooks that alerts link to, as they lie in `docs/runbooks/`. Markdown for programs, in
 * the frame of the pages for browsers.
 */

import { readFile } from 'node:fs/promises';
import type { Router } from 'express';
import { endpoint } from '../endpoint.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Program } from '../pages/document.ts';
import { runbookPage } from '../pages/runbook.ts';
import { sendPage } from '../pages/send-page.ts';
import { sendProblem } from '../problem.ts';

/** @param folder of the runbooks, with a slash at the end */
export function runbookRoute(folder: URL, knowledge: Pick<Knowledge, 'now'>, program: Program): Router {
  return endpoint('/runbooks/:file', {
    GET: async (request, response) => {
      const { file } = request.params as { file: string };
      const text = await readRunbook(folder, file);
      if (text === undefined) {
        const detail = `There is no runbook ${JSON.stringify(file)}.`;
        const advice = 'Runbooks are named after alerts, in lower case: flinkjobfailed.md.';
        return sendProblem(response, { status: 404, detail, advice });
      }
      response.vary('Accept');
      if (request.accepts(['text/markdown', 'html']) !== 'html') {
        response.set('Cache-Control', 'private, no-cache').type('text/markdown').send(text);
        return;
      }
      await sendPage(request, response, { ...program, now: () => knowledge.now() }, () => runbookPage(file, text));
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
