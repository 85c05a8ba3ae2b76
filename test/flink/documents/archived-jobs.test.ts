import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import { type ArchivedJobs, parseArchivedJobs } from '../../../src/flink/documents/archived-jobs.ts';

const ID = 'a'.repeat(32);

it('keeps id and last modification, and the first element that does not fit', () => {
  const good = { jid: ID, 'last-modification': 7, state: 'of a later Flink' };
  const { jobs, misfit } = parseArchivedJobs({ jobs: [good, { ...good, jid: '../config' }, null, good] });
  expect([...jobs]).toEqual([[ID, 7]]);
  expect(misfit?.message).toBe('/jobs/overview: jobs[1]: expected jid and last-modification');
});

it('takes 200,000 jobs, and says that there are more', () => {
  const jobs = Array.from({ length: 200_001 }, (_, index) => ({
    jid: index.toString(16).padStart(32, '0'),
    'last-modification': index,
  }));
  expect(parseArchivedJobs({ jobs: jobs.slice(1) }).misfit).toBeUndefined();
  const tooMany = parseArchivedJobs({ jobs });
  expect(tooMany.jobs.size).toBe(200_000);
  expect(tooMany.misfit?.message).toBe('/jobs/overview: more than 200000 jobs');
});

function outcome(value: unknown): ArchivedJobs | MedicError {
  try {
    return parseArchivedJobs(value);
  } catch (error) {
    if (error instanceof MedicError) return error;
    throw error;
  }
}

it('says schema to anything that is no list, and throws nothing else', () => {
  const element = fc.record(
    { jid: fc.oneof(fc.constant(ID), fc.anything()), 'last-modification': fc.oneof(fc.integer(), fc.anything()) },
    { requiredKeys: [] },
  );
  const list = fc.record({ jobs: fc.oneof(fc.array(fc.oneof(element, fc.anything())), fc.anything()) });
  fc.assert(
    fc.property(fc.oneof(list, fc.anything()), (value) => {
      const said = outcome(value);
      return said instanceof MedicError
        ? said.code === 'schema'
        : [...said.jobs].every(([jobId, at]) => jobId === ID && Number.isInteger(at));
    }),
  );
});
