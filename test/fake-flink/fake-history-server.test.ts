/** The fake HistoryServer against what real ones said over the same archives. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { FakeHistoryServer } from './fake-history-server.ts';

const answerSchema = z.object({ status: z.int(), body: z.unknown() });
const listSchema = z.object({ jobs: z.array(z.looseObject({ jid: z.string() })) });

type Answer = z.infer<typeof answerSchema>;

describe.each(['1.20.3', '2.3.0'])('over the archives of Flink %s', (version) => {
  const folder = join(import.meta.dirname, '..', 'fixtures', `flink-${version}`);
  const recorded = (name: string): Answer =>
    answerSchema.parse(JSON.parse(readFileSync(join(folder, 'history-server', `${name}.json`), 'utf8')));

  it('answers as the real one does', async () => {
    const server = await FakeHistoryServer.start(join(folder, 'archives'));
    onTestFinished(() => server.stop());
    server.refresh();
    const ask = async (path: string): Promise<Answer> => {
      const response = await fetch(`${server.url}${path}`);
      return { status: response.status, body: await response.json() };
    };
    expect(await ask(`/jobs/${'f'.repeat(32)}`)).toEqual(recorded('unknown-job'));
    expect(await ask('/overview')).toEqual(recorded('overview'));
    expect(jobsOf(await ask('/jobs/overview'))).toEqual(jobsOf(recorded('jobs-overview')));
    // Its version is that of 1.20.3; all that is read of it is the same in both.
    expect(featuresOf(await ask('/config'))).toEqual(featuresOf(recorded('config')));
  });
});

function jobsOf({ body }: Answer): object[] {
  return listSchema.parse(body).jobs.toSorted((a, b) => (a.jid < b.jid ? -1 : 1));
}

function featuresOf({ body }: Answer): object {
  return z.looseObject({ features: z.looseObject({}) }).parse(body).features;
}
