import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadWebConfig, NO_WEB_CONFIG, type WebConfig } from '../../src/config/web-config.ts';
import { WebConfigReloader } from '../../src/config/web-config-reload.ts';
import { ManualTime } from '../e2e/support/manual-time.ts';
import { type Authority, createAuthority, type KeyPair } from '../support/certificates.ts';

const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
const TLS = { cert_file: 'tls.crt', key_file: 'tls.key' };

let authority: Authority;
let pairs: readonly [KeyPair, KeyPair];

beforeAll(() => {
  authority = createAuthority();
  pairs = [authority.issue('one'), authority.issue('two')];
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-medic-web-reload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  put('tls.crt', pairs[0].cert);
  put('tls.key', pairs[0].key);
});

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** JSON is YAML. */
function configure(config: object): void {
  put('web.yml', JSON.stringify(config));
}

interface Running {
  readonly reloader: WebConfigReloader;
  readonly applied: WebConfig[];
  readonly log: string[];
  /** Lets so many looks at the files pass. */
  readonly look: (times: number) => Promise<void>;
}

async function run(config: object, load = () => loadWebConfig(join(folder, 'web.yml'), {})): Promise<Running> {
  configure(config);
  const time = new ManualTime();
  const log: string[] = [];
  const applied: WebConfig[] = [];
  const write = (message: string): void => void log.push(message.replaceAll(`${folder}/`, ''));
  const reloader = new WebConfigReloader(await load(), {
    load,
    clock: time.clock,
    timers: time.timers,
    log: { error: write, warn: write, info: write },
  });
  reloader.onReload((next) => applied.push(next));
  reloader.start();
  onTestFinished(() => reloader.stop());
  const rest = async (): Promise<void> => {
    await expect.poll(() => time.pending, { interval: 1 }).toBe(1);
  };
  const look = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) {
      await rest();
      expect(time.fireNext(time.manual.now() + 1_000)).toBe(true);
    }
    await rest();
  };
  // Past the reload that finds what changed during the start.
  await look(2);
  return { reloader, applied, log, look };
}

const RELOADED = 'the web configuration was reloaded';

test('nothing happens while nothing changes', async () => {
  const { applied, log, look } = await run({ tls_server_config: TLS, basic_auth_users: { ali: HASH } });
  await look(3);
  expect([applied, log]).toEqual([[], []]);
});

test('users and headers count two looks after they changed', async () => {
  const { reloader, applied, log, look } = await run({ basic_auth_users: { ali: HASH } });
  configure({ basic_auth_users: { bob: HASH }, http_server_config: { headers: { 'X-Frame-Options': 'sameorigin' } } });
  await look(1);
  expect([...reloader.current.users.keys()]).toEqual(['ali']);
  await look(1);
  expect([...reloader.current.users.keys()]).toEqual(['bob']);
  expect([...reloader.current.headers]).toEqual([['X-Frame-Options', 'sameorigin']]);
  expect(applied).toEqual([reloader.current]);
  expect(log).toEqual([RELOADED]);
});

describe('a new certificate', () => {
  test('in place, while certificate and key do not match for a moment', async () => {
    const { reloader, log, look } = await run({ tls_server_config: TLS });
    put('tls.crt', pairs[1].cert);
    await look(1);
    put('tls.key', pairs[1].key);
    await look(1);
    expect(reloader.current.tls?.cert).toBe(pairs[0].cert);
    await look(1);
    expect(reloader.current.tls).toMatchObject(pairs[1]);
    expect(log).toEqual([RELOADED]);
  });

  test('that does not match its key for long is said once, and the old one stays until it does', async () => {
    const { reloader, log, look } = await run({ tls_server_config: TLS });
    put('tls.crt', pairs[1].cert);
    await look(5);
    expect(reloader.current.tls).toMatchObject(pairs[0]);
    expect(reloader.successful).toBe(false);
    expect(log).toEqual([
      expect.stringMatching(
        /^the web configuration stays as it was: web\.yml:1:35: tls_server_config\.cert_file: cannot be used with this key/,
      ),
    ]);
    put('tls.key', pairs[1].key);
    await look(2);
    expect(reloader.current.tls).toMatchObject(pairs[1]);
    expect(reloader.successful).toBe(true);
    expect(log.slice(1)).toEqual([RELOADED]);
  });

  test('by renaming files over the old ones, as certbot and cp do', async () => {
    const { reloader, look } = await run({ tls_server_config: TLS });
    put('tls.crt.new', pairs[1].cert);
    put('tls.key.new', pairs[1].key);
    renameSync(join(folder, 'tls.crt.new'), join(folder, 'tls.crt'));
    renameSync(join(folder, 'tls.key.new'), join(folder, 'tls.key'));
    await look(2);
    expect(reloader.current.tls).toMatchObject(pairs[1]);
  });

  test('by another link behind the links, as Kubernetes mounts a secret', async () => {
    for (const [index, pair] of pairs.entries()) {
      mkdirSync(join(folder, `..version${String(index)}`));
      put(`..version${String(index)}/tls.crt`, pair.cert);
      put(`..version${String(index)}/tls.key`, pair.key);
    }
    symlinkSync('..version0', join(folder, '..data'));
    for (const name of ['tls.crt', 'tls.key']) {
      rmSync(join(folder, name));
      symlinkSync(`..data/${name}`, join(folder, name));
    }
    const { reloader, log, look } = await run({ tls_server_config: TLS });
    expect(reloader.current.tls).toMatchObject(pairs[0]);
    symlinkSync('..version1', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..version0'), { recursive: true });
    await look(2);
    expect(reloader.current.tls).toMatchObject(pairs[1]);
    expect(log).toEqual([RELOADED]);
  });
});

describe('what does not replace a good configuration', () => {
  test.each([
    ['nothing at all', '', 'it has no basic_auth_users any more; that takes a restart'],
    [
      'no users',
      JSON.stringify({ tls_server_config: TLS }),
      'it has no basic_auth_users any more; that takes a restart',
    ],
    [
      'no TLS',
      JSON.stringify({ basic_auth_users: { ali: HASH } }),
      'it has no tls_server_config any more; that takes a restart',
    ],
    [
      'other client certificates',
      JSON.stringify({
        tls_server_config: { ...TLS, client_auth_type: 'RequestClientCert' },
        basic_auth_users: { ali: HASH },
      }),
      'it has another client_auth_type; that takes a restart',
    ],
    ['a mistake', 'basic_auth_users: {ali: secret}', 'web.yml:1:25: basic_auth_users.ali: is not a bcrypt hash'],
    ['half a file', '{"tls_server_config": {"cert_file": "tls.crt", "key_fi', 'web.yml:1:55: '],
  ])('%s', async (_what, text, problem) => {
    const { reloader, applied, log, look } = await run({
      tls_server_config: TLS,
      basic_auth_users: { ali: HASH },
    });
    const before = reloader.current;
    put('web.yml', text);
    await look(3);
    expect(reloader.current).toBe(before);
    expect([applied, reloader.successful]).toEqual([[], false]);
    expect(log).toEqual([expect.stringContaining(problem)]);
    await expect(reloader.reload()).rejects.toThrow(problem);
    configure({ tls_server_config: TLS, basic_auth_users: { ali: HASH } });
    await look(2);
    expect(reloader.successful).toBe(true);
  });

  test('TLS where there was none', async () => {
    const { reloader } = await run({ basic_auth_users: { ali: HASH } });
    configure({ tls_server_config: TLS, basic_auth_users: { ali: HASH } });
    await expect(reloader.reload()).rejects.toThrow('it has a tls_server_config now; that takes a restart');
  });

  test('client certificates of any name', async () => {
    put('ca.crt', authority.cert);
    const verified = { ...TLS, client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca.crt' };
    const { reloader } = await run({ tls_server_config: { ...verified, client_allowed_sans: ['one', 'two'] } });
    configure({ tls_server_config: verified });
    await expect(reloader.reload()).rejects.toThrow('it has no client_allowed_sans any more; that takes a restart');
    configure({ tls_server_config: { ...verified, client_allowed_sans: ['three'] } });
    await reloader.reload();
    expect(reloader.current.tls?.clientAllowedSans).toEqual(['three']);
  });

  test('a file that is gone for a while', async () => {
    const { reloader, log, look } = await run({ basic_auth_users: { ali: HASH } });
    rmSync(join(folder, 'web.yml'));
    await look(2);
    expect([reloader.successful, [...reloader.current.users.keys()]]).toEqual([false, ['ali']]);
    expect(log).toEqual([expect.stringContaining('ENOENT')]);
    configure({ basic_auth_users: { bob: HASH } });
    await look(2);
    expect([reloader.successful, [...reloader.current.users.keys()]]).toEqual([true, ['bob']]);
  });
});

test('a file that the new configuration names and that comes later is found', async () => {
  const { reloader, look } = await run({ tls_server_config: TLS });
  configure({ tls_server_config: { cert_file: 'later.crt', key_file: 'tls.key' } });
  await look(2);
  expect(reloader.successful).toBe(false);
  put('later.crt', pairs[0].cert);
  put('tls.key', pairs[0].key);
  await look(2);
  expect(reloader.successful).toBe(true);
});

test('reload reads at once', async () => {
  const { reloader } = await run({ basic_auth_users: { ali: HASH } });
  configure({ basic_auth_users: { bob: HASH } });
  await reloader.reload();
  expect([...reloader.current.users.keys()]).toEqual(['bob']);
});

test('what a listener cannot apply does not count as loaded', async () => {
  const { reloader, log } = await run({ basic_auth_users: { ali: HASH } });
  reloader.onReload(() => {
    throw new Error('no cipher match');
  });
  configure({ basic_auth_users: { bob: HASH } });
  await expect(reloader.reload()).rejects.toThrow('no cipher match');
  expect([reloader.successful, [...reloader.current.users.keys()]]).toEqual([false, ['ali']]);
  expect(log).toEqual(['the web configuration stays as it was: no cipher match']);
});

test('without a file there is nothing to look at', () => {
  const time = new ManualTime();
  const log = { error: () => undefined, warn: () => undefined, info: () => undefined };
  const reloader = new WebConfigReloader(NO_WEB_CONFIG, {
    load: async () => NO_WEB_CONFIG,
    clock: time.clock,
    timers: time.timers,
    log,
  });
  reloader.start();
  expect(time.pending).toBe(0);
  reloader.stop();
});
