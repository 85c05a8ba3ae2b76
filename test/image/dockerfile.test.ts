import { describe, expect, it } from 'vitest';
import { execForm, parseDockerfile, parseDockerignore } from './dockerfile.ts';

describe('parseDockerfile', () => {
  it('reads stages, flags and continued lines', () => {
    const text = `# A comment
FROM node:24 AS build
run npm ci && \\
  npm run build

FROM build
COPY --from=build --chown=1:2 /a b
HEALTHCHECK --interval=5s CMD ["true", "--no-flag=1"]
`;
    expect(parseDockerfile(text)).toEqual([
      {
        from: 'node:24',
        name: 'build',
        instructions: [{ keyword: 'RUN', flags: {}, value: 'npm ci &&    npm run build' }],
      },
      {
        from: 'build',
        name: undefined,
        instructions: [
          { keyword: 'COPY', flags: { from: 'build', chown: '1:2' }, value: '/a b' },
          { keyword: 'HEALTHCHECK', flags: { interval: '5s' }, value: 'CMD ["true", "--no-flag=1"]' },
        ],
      },
    ]);
  });

  it('refuses what it does not understand', () => {
    expect(() => parseDockerfile('RUN x\n')).toThrow('before FROM: RUN x');
    expect(() => parseDockerfile('FROM x\n}\n')).toThrow('no instruction: }');
  });
});

describe('execForm', () => {
  it('reads a list and refuses the shell form', () => {
    expect(execForm('["node", "x.js"]')).toEqual(['node', 'x.js']);
    expect(() => execForm('node x.js')).toThrow('not in exec form: node x.js');
  });
});

describe('parseDockerignore', () => {
  it('reads what is let through', () => {
    expect(parseDockerignore('# why\n*\n!src\n!a/b.json\n')).toEqual(['src', 'a/b.json']);
  });

  it.each(['src\n', '*\nsrc\n', '*\n!src/*.ts\n', ''])('refuses %j', (text) => {
    expect(() => parseDockerignore(text)).toThrow('not of the form');
  });
});
