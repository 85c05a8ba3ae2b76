import { hashSync } from 'bcryptjs';
import { expect, onTestFinished, test } from 'vitest';
import { PasswordThread } from '../../src/http/password-thread.ts';

const HASH = hashSync('opensesame', 4);

function makeThread(): PasswordThread {
  const thread = new PasswordThread();
  onTestFinished(() => thread.stop());
  return thread;
}

test('right and wrong', async () => {
  const thread = makeThread();
  expect(await thread.compare('opensesame', HASH)).toBe(true);
  expect(await thread.compare('opensesam', HASH)).toBe(false);
});

test('the main thread goes on while a dear comparison runs', async () => {
  const thread = makeThread();
  await thread.compare('x', HASH);
  let turns = 0;
  const counter = setInterval(() => (turns += 1), 1);
  onTestFinished(() => clearInterval(counter));
  // 2 to the 12th rounds: some 200 ms of a processor.
  expect(await thread.compare('x', HASH.replace('$04$', '$12$'))).toBe(false);
  expect(turns).toBeGreaterThan(20);
});

test('a thread that ends takes no other comparison with it', async () => {
  const thread = makeThread();
  await thread.compare('x', HASH);
  const comparison = thread.compare('x', HASH.replace('$04$', '$16$'));
  await thread.stop();
  await expect(comparison).rejects.toThrow('the thread that compares passwords has ended');
  expect(await thread.compare('opensesame', HASH)).toBe(true);
});

test('stop without a comparison', async () => {
  await expect(makeThread().stop()).resolves.toBeUndefined();
});
