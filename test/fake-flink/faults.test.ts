import { describe, expect, it } from 'vitest';
import { ANY_ROUTE, Faults } from './faults.ts';

describe('Faults', () => {
  it('takes the fault of the route before that of any route', () => {
    const faults = new Faults();
    faults.set(ANY_ROUTE, { kind: 'hang' });
    faults.set('/overview', { kind: 'reset' });
    expect(faults.take('/overview')).toEqual({ kind: 'reset' });
    expect(faults.take('/config')).toEqual({ kind: 'hang' });
    faults.clear();
    expect(faults.take('/overview')).toBeUndefined();
  });

  it('lasts as many requests as it was set for', () => {
    const faults = new Faults();
    faults.set('/overview', { kind: 'reset' }, 2);
    expect([1, 2, 3].map(() => faults.take('/overview')?.kind)).toEqual(['reset', 'reset', undefined]);
  });
});
