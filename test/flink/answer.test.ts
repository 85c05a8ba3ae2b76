import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/flink/answer.ts';

describe('documentOf', () => {
  it.each([[{ jobs: [] }], [null], [0], [false], ['']])('is the JSON %j of an answer', (json) => {
    expect(documentOf({ status: 200, json })).toBe(json);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [400, 'http_4xx'],
    [404, 'http_4xx'],
    [429, 'http_4xx'],
    [500, 'http_5xx'],
    [503, 'http_5xx'],
    [599, 'http_5xx'],
  ])('refuses status %i as %s', (status, code) => {
    expect(() => documentOf({ status, json: undefined })).toThrow(
      expect.objectContaining({ code, status, message: `HTTP ${status}` }),
    );
  });

  it("quotes the first line of Flink's own error, bounded and without control characters", () => {
    const errors = [`a\u0007b${'x'.repeat(500)}\n\tat org.apache.flink.Foo.bar(Foo.java:1)`, 'more'];
    expect(() => documentOf({ status: 500, json: { errors } })).toThrow(
      expect.objectContaining({ message: `HTTP 500: a b${'x'.repeat(197)}` }),
    );
  });

  it('adds the innermost cause of a stack trace, wherever it stands', () => {
    const trace = 'Outer: a\n\tat x.Y\nCaused by: Middle: b\n\tat x.Z\nCaused by: Inner: c\n\t... 4 more\n';
    const message = 'HTTP 400: Outer: a; caused by Inner: c';
    expect(() => documentOf({ status: 400, json: { errors: [trace] } })).toThrow(expect.objectContaining({ message }));
    expect(() => documentOf({ status: 500, json: { errors: ['Internal server error.', trace] } })).toThrow(
      expect.objectContaining({ message: 'HTTP 500: Internal server error.; caused by Inner: c' }),
    );
  });

  it.each([[{ errors: [] }], [{ errors: 'x' }], [{ errors: [5] }], [[]], [null]])('quotes nothing of %j', (json) => {
    expect(() => documentOf({ status: 404, json })).toThrow(expect.objectContaining({ message: 'HTTP 404' }));
  });

  it('names the host of a redirect and nothing more of its target', () => {
    const location = 'https://user:secret@login.example.org/start?token=secret';
    expect(() => documentOf({ status: 302, location, json: undefined })).toThrow(
      expect.objectContaining({
        code: 'not_json',
        status: 302,
        message: 'HTTP 302: redirected to https://login.example.org; redirects are not followed',
      }),
    );
    expect(() => documentOf({ status: 307, location: '/login', json: {} })).toThrow(
      'HTTP 307: redirected; redirects are not followed',
    );
  });

  it('refuses what is not JSON', () => {
    expect(() => documentOf({ status: 200, json: undefined })).toThrow(
      expect.objectContaining({ code: 'not_json', status: 200 }),
    );
  });
});
