import { MedicError } from '../../../src/core/errors.ts';

/** The message of the MedicError `config` that the action throws or rejects with; anything else fails the test. */
export async function configError(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof MedicError && error.code === 'config') return error.message;
    throw error;
  }
  throw new Error('expected a MedicError config, but nothing was thrown');
}
