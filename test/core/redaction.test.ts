import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argsWithoutSecrets, withoutSecrets } from '../../src/core/redaction.ts';

const HIDDEN = '******';

describe('configuration', () => {
  test('hides values by the names that Flink hides, and secrets inside of others', () => {
    expect(
      withoutSecrets({
        's3.secret-key': 'x',
        'fs.azure.account.key.store': 'x',
        'S3.Access.Token': 'x',
        's3.access-key': 'shown',
        'security.kerberos.login.principal': 'shown',
        'env.java.opts': '-Da=b -Djavax.net.ssl.keyStorePassword=x -Dc=d',
        'my.url': 'jdbc:postgresql://ann:x@db/orders?password=y',
        'pipeline.name': 'tokens',
      }),
    ).toEqual({
      's3.secret-key': HIDDEN,
      'fs.azure.account.key.store': HIDDEN,
      'S3.Access.Token': HIDDEN,
      's3.access-key': 'shown',
      'security.kerberos.login.principal': 'shown',
      'env.java.opts': `-Da=b -Djavax.net.ssl.keyStorePassword=${HIDDEN}`,
      'my.url': `jdbc:postgresql://ann:${HIDDEN}@db/orders?password=${HIDDEN}`,
      'pipeline.name': 'tokens',
    });
  });
});

describe('arguments', () => {
  test.each([
    [
      ['--env', 'prod'],
      ['--env', 'prod'],
    ],
    [
      ['--db-password', 'x', 'y'],
      ['--db-password', HIDDEN, 'y'],
    ],
    [
      ['--db-password', '--x'],
      ['--db-password', HIDDEN],
    ],
    [['-token=x y'], [`-token=${HIDDEN}`]],
    [
      ['--password=x', 'y'],
      [`--password=${HIDDEN}`, 'y'],
    ],
    [['{"apiKey": "x"}'], [`{"apiKey": ${HIDDEN}`]],
    [
      ['token', 'x'],
      ['token', 'x'],
    ],
    [
      ['--url', 'https://:x@host/p@q'],
      ['--url', `https://:${HIDDEN}@host/p@q`],
    ],
    [
      ['s3://bucket/path@v1', 'a:b@c'],
      ['s3://bucket/path@v1', 'a:b@c'],
    ],
  ])('%j are %j', (args, shown) => expect(argsWithoutSecrets(args)).toEqual(shown));

  test('never show what follows a sensitive name', () => {
    const secret = fc.string({ minLength: 1 }).map((text) => `§${text}§`);
    fc.assert(
      fc.property(fc.string(), secret, (other, text) => {
        expect(argsWithoutSecrets([other, '--the.secret', text, `--pwd=${text}`]).join(' ')).not.toContain(text);
      }),
    );
  });
});
