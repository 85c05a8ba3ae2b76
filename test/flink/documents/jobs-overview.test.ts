import { describe, expect, it } from 'vitest';
import { MedicError } from '../../../src/core/errors.ts';
import { parseJobsOverview, parseListedIds } from '../../../src/flink/documents/jobs-overview.ts';

/** As Flink 1.18 writes it. */
const listed = {
  jid: 'd5b0a5ba5ea6b5f0a3d54a3c7b7c0e01',
  name: 'orders',
  'start-time': 1_767_225_600_000,
  'end-time': -1,
  duration: 5000,
  state: 'RUNNING',
  'last-modification': 1_767_225_601_000,
  tasks: {
    running: 3,
    canceling: 0,
    canceled: 0,
    total: 4,
    created: 0,
    scheduled: 0,
    deploying: 0,
    reconciling: 0,
    finished: 0,
    initializing: 1,
    failed: 0,
  },
};

const parseOne = (element: unknown) => parseJobsOverview({ jobs: [element] }).jobs[0];
const misfitOf = (element: unknown) => parseJobsOverview({ jobs: [element] }).misfits.map((misfit) => misfit.message);

describe('parseJobsOverview', () => {
  it('reads a running job of 1.18', () => {
    expect(parseJobsOverview({ jobs: [listed] })).toEqual({
      jobs: [
        {
          jobId: 'd5b0a5ba5ea6b5f0a3d54a3c7b7c0e01',
          name: 'orders',
          state: 'RUNNING',
          startTime: 1_767_225_600_000,
          duration: 5000,
          lastModification: 1_767_225_601_000,
          tasks: {
            CREATED: 0,
            SCHEDULED: 0,
            DEPLOYING: 0,
            RUNNING: 3,
            FINISHED: 0,
            CANCELING: 0,
            CANCELED: 0,
            FAILED: 0,
            RECONCILING: 0,
            INITIALIZING: 1,
          },
        },
      ],
      misfits: [],
    });
  });

  it('reads an ended job of 2.3, whose type and scheduler it names', () => {
    const ended = { ...listed, state: 'FAILED', 'end-time': 1_767_225_605_000, 'pending-operators': 0 };
    expect(parseOne({ ...ended, jobType: 'BATCH', schedulerType: 'AdaptiveBatch' })).toMatchObject({
      state: 'FAILED',
      endTime: 1_767_225_605_000,
      jobType: 'BATCH',
      scheduler: 'AdaptiveBatch',
    });
  });

  it.each([
    ['null', null],
    ['a type that does not exist yet', 'HYBRID'],
  ])('keeps a job whose jobType is %s', (_, jobType) => {
    const job = parseOne({ ...listed, jobType, schedulerType: null });
    expect(job).toMatchObject({ state: 'RUNNING' });
    expect(job).not.toHaveProperty('jobType');
    expect(job).not.toHaveProperty('scheduler');
  });

  it.each([-1, 0])('has no end time before the job ended: %i', (time) => {
    expect(parseOne({ ...listed, 'end-time': time })).toMatchObject({ state: 'RUNNING' });
    expect(parseOne({ ...listed, 'end-time': time })).not.toHaveProperty('endTime');
  });

  it('counts tasks that are not named as none', () => {
    expect(parseOne({ ...listed, tasks: { running: 2 } })?.tasks).toMatchObject({ RUNNING: 2, INITIALIZING: 0 });
  });

  it('keeps the good jobs beside a bad one and says which it is', () => {
    const { jobs, misfits } = parseJobsOverview({ jobs: [listed, { ...listed, 'start-time': 'today' }, listed] });
    expect(jobs).toHaveLength(2);
    expect(misfits).toHaveLength(1);
    expect(misfits[0]).toBeInstanceOf(MedicError);
    expect(misfits[0]?.code).toBe('schema');
    expect(misfits[0]?.message).toBe('/jobs/overview: jobs[1].start-time: expected number, received string');
  });

  it('names the field and never the value', () => {
    expect(misfitOf({ ...listed, state: 'EXPLODED' })).toEqual([
      '/jobs/overview: jobs[0].state: expected a job state of Flink',
    ]);
    expect(misfitOf({ ...listed, jid: '../../etc/passwd' })).toEqual([
      '/jobs/overview: jobs[0].jid: expected 32 hexadecimal digits',
    ]);
    expect(misfitOf({ ...listed, tasks: { running: 1.5 } })).toEqual([
      '/jobs/overview: jobs[0].tasks.running: expected int, received number',
    ]);
  });

  it('says how much more is wrong', () => {
    expect(misfitOf({})).toEqual(['/jobs/overview: jobs[0].jid: expected string, received undefined (and 7 more)']);
    expect(misfitOf(null)).toEqual(['/jobs/overview: jobs[0]: expected object, received null']);
  });

  it.each([[null], [[]], [{}], [{ jobs: {} }], [{ errors: ['x'] }], ['jobs']])(
    'refuses %j, which has no list',
    (value) => {
      expect(() => parseJobsOverview(value)).toThrow(expect.objectContaining({ code: 'schema' }));
    },
  );
});

describe('parseListedIds', () => {
  it('takes nothing but the ids', () => {
    expect(parseListedIds({ jobs: [listed, { jid: listed.jid, state: 'NEW' }] })).toEqual([listed.jid, listed.jid]);
    expect(parseListedIds({ jobs: [] })).toEqual([]);
  });

  it.each([[{}], [{ jobs: [{}] }], [{ jobs: [{ jid: '../../etc/passwd' }] }], [{ jobs: [7] }]])(
    'refuses %j',
    (value) => {
      expect(() => parseListedIds(value)).toThrow(MedicError);
    },
  );
});
