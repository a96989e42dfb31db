import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectHost, fileLink, parseTarget } from '../../src/relay/route.ts';

const host = '0123abcd.secure-pypi.invalid';
const parsePath = (path: string) => parseTarget(`http://${host}${path}`, host);
const sha256 = 'ab'.repeat(32);

test('pages and files of the fake host are recognized', () => {
  expect(parsePath('/simple/requests/')).toEqual({ kind: 'page', name: 'requests' });
  expect(parsePath('/simple/Zope.Interface/')).toEqual({ kind: 'page', name: 'zope-interface' });
  expect(parsePath(`/files/${sha256.slice(0, 16)}/a-1.0.tar.gz`)).toMatchObject({
    kind: 'file',
    filename: 'a-1.0.tar.gz',
  });
});

test.each([
  '/',
  '/simple/',
  '/simple/a',
  '/simple/a/b/',
  '/simple/..%2fx/',
  '/files/xyz/a.whl',
  '/files/%zz/a',
  '/simple/%zz/',
])('%s is neither a page nor a file', (path) => expect(parsePath(path)).toEqual({ kind: 'unknown' }));

test.each([
  [`https://${host}/simple/a/`, host],
  [`http://${host}:8080/simple/a/`, `${host}:8080`],
  [`http://${host}.evil.example/simple/a/`, `${host}.evil.example`],
  [`http://user@evil.example/simple/a/`, 'evil.example'],
  [`http://${host}@evil.example/simple/a/`, 'evil.example'],
])('%s is another host', (target, otherHost) =>
  expect(parseTarget(target, host)).toEqual({ kind: 'other-host', host: otherHost }),
);

test.each(['/simple/a/', '*', 'evil.example:443', ''])('%j is not a proxy request', (target) =>
  expect(parseTarget(target, host).kind).toBe('not-proxied'),
);

test('every file name survives the round trip through its link', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (filename) => {
      fc.pre(filename !== '.' && filename !== '..');
      const link = new URL(fileLink(sha256, filename), `http://${host}/simple/a/`).href;
      expect(parseTarget(link, host)).toEqual({ kind: 'file', digest: sha256.slice(0, 16), filename });
    }),
  );
});

test('no target makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (target) => typeof parseTarget(target, host).kind === 'string'));
  fc.assert(fc.property(fc.string(), (path) => typeof parsePath(`/${path}`).kind === 'string'));
});

test('the target of CONNECT is printed only if it is a host', () => {
  expect(connectHost('evil.example:443')).toBe('evil.example:443');
  expect(connectHost('[::1]:443')).toBe('[::1]:443');
  expect(connectHost('\u001b[31mred')).toBe('(unreadable host)');
});
