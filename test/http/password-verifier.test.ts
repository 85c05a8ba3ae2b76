import { compare, hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { type ComparePassword, PasswordVerifier, type Users, type Verdict } from '../../src/http/password-verifier.ts';

const HASH = hashSync('opensesame', 4);

type Verify = (user: string, password: string, address?: string) => Promise<Verdict>;

function verifierOf(users: Users, compareWith: ComparePassword): { readonly verify: Verify } {
  const verifier = new PasswordVerifier(compareWith);
  return { verify: (user, password, address = '10.0.0.1') => verifier.verify({ user, password, address }, users) };
}

/** bcrypt with its calls written down. */
function spy(): { calls: [string, string][]; compare: ComparePassword; running: () => number } {
  const calls: [string, string][] = [];
  let running = 0;
  let most = 0;
  return {
    calls,
    running: () => most,
    compare: async (password, hash) => {
      calls.push([password, hash]);
      running += 1;
      most = Math.max(most, running);
      const equal = await compare(password, hash);
      running -= 1;
      return equal;
    },
  };
}

test('right, wrong and unknown', async () => {
  const verifier = verifierOf(new Map([['ali', HASH]]), compare);
  expect(await verifier.verify('ali', 'opensesame')).toBe('right');
  expect(await verifier.verify('ali', 'opensesam')).toBe('wrong');
  expect(await verifier.verify('ali', '')).toBe('wrong');
  expect(await verifier.verify('bob', 'opensesame')).toBe('wrong');
});

test('names of Object.prototype are users like any other', async () => {
  const verifier = verifierOf(new Map([['__proto__', HASH]]), compare);
  expect(await verifier.verify('__proto__', 'opensesame')).toBe('right');
  expect(await verifier.verify('constructor', 'opensesame')).toBe('wrong');
});

test('an unknown user costs a comparison of the highest cost', async () => {
  const { calls, compare: spied } = spy();
  const users = new Map([
    ['ali', HASH],
    ['eve', hashSync('x', 6)],
  ]);
  expect(await verifierOf(users, spied).verify('bob', 'x')).toBe('wrong');
  expect(calls).toHaveLength(1);
  expect(calls[0]?.[1]).toMatch(/^\$2b\$06\$.{53}$/);
});

test('a password that fits the dummy hash does not let an unknown user in', async () => {
  const verifier = verifierOf(new Map([['ali', HASH]]), async () => true);
  expect(await verifier.verify('bob', 'x')).toBe('wrong');
});

test('answers are remembered, right and wrong ones', async () => {
  const { calls, compare: spied } = spy();
  const verifier = verifierOf(new Map([['ali', HASH]]), spied);
  for (let i = 0; i < 3; i += 1) {
    expect(await verifier.verify('ali', 'opensesame')).toBe('right');
    expect(await verifier.verify('ali', 'x')).toBe('wrong');
    expect(await verifier.verify('bob', 'x')).toBe('wrong');
  }
  expect(calls).toHaveLength(3);
});

test('no amount of guessing pushes out who knows the password, and what is remembered is bounded', async () => {
  let calls = 0;
  const verifier = verifierOf(new Map([['ali', HASH]]), async (password) => {
    calls += 1;
    return password === 'opensesame';
  });
  await verifier.verify('ali', 'opensesame');
  for (let i = 0; i < 101; i += 1) await verifier.verify('ali', `guess ${i}`);
  expect(calls).toBe(102);
  await verifier.verify('ali', 'opensesame');
  await verifier.verify('ali', 'guess 1');
  expect(calls).toBe(102);
  await verifier.verify('ali', 'guess 0');
  expect(calls).toBe(103);
});

test('equal questions that arrive together share one comparison', async () => {
  const { calls, compare: spied } = spy();
  const verifier = verifierOf(new Map([['ali', HASH]]), spied);
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => verifier.verify('ali', 'opensesame')));
  expect(new Set(verdicts)).toEqual(new Set(['right']));
  expect(calls).toHaveLength(1);
});

test('one comparison at a time, some wait, the others are sent away; then it works again', async () => {
  const { calls, compare: spied, running } = spy();
  const verifier = verifierOf(new Map([['ali', HASH]]), spied);
  const guess = (i: number): Promise<Verdict> => verifier.verify('ali', `guess ${i}`, `10.0.0.${Math.floor(i / 4)}`);
  const verdicts = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i)));
  expect(running()).toBe(1);
  expect(calls).toHaveLength(16);
  expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(16);
  expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(24);
  expect(await verifier.verify('ali', 'opensesame')).toBe('right');
});

test('one address that guesses leaves room for the others', async () => {
  const { calls, compare: spied } = spy();
  const verifier = verifierOf(new Map([['ali', HASH]]), spied);
  const guesses = Array.from({ length: 40 }, (_, i) => verifier.verify('ali', `guess ${i}`, '10.0.0.1'));
  // Of IPv6 a /56 network is one address.
  const network = Array.from({ length: 8 }, (_, i) => verifier.verify('ali', `try ${i}`, `2001:db8::${i}`));
  expect(await verifier.verify('ali', 'opensesame', '10.0.0.2')).toBe('right');
  expect((await Promise.all(guesses)).filter((verdict) => verdict === 'wrong')).toHaveLength(4);
  expect((await Promise.all(network)).filter((verdict) => verdict === 'wrong')).toHaveLength(4);
  expect(calls).toHaveLength(9);
});

test('an answer counts for the hash that it was given for', async () => {
  const { calls, compare: spied } = spy();
  const verifier = new PasswordVerifier(spied);
  const login = { user: 'ali', password: 'opensesame', address: '10.0.0.1' };
  const eve: [string, string] = ['eve', hashSync('x', 4)];
  expect(await verifier.verify(login, new Map([eve]))).toBe('wrong');
  expect(await verifier.verify(login, new Map([['ali', HASH], eve]))).toBe('right');
  expect(await verifier.verify(login, new Map([['ali', hashSync('other', 4)]]))).toBe('wrong');
  expect(await verifier.verify(login, new Map([eve]))).toBe('wrong');
  expect(await verifier.verify(login, new Map([['ali', HASH]]))).toBe('right');
  expect(calls).toHaveLength(3);
});

test('a comparison that fails is not remembered', async () => {
  let broken = true;
  const verifier = verifierOf(new Map([['ali', HASH]]), async (password, hash) => {
    if (broken) throw new Error('out of memory');
    return compare(password, hash);
  });
  await expect(verifier.verify('ali', 'opensesame')).rejects.toThrow('out of memory');
  broken = false;
  expect(await verifier.verify('ali', 'opensesame')).toBe('right');
});
