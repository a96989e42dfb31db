import { expect, test } from 'vitest';
import { readPipConfiguration } from '../../src/pip/configuration.ts';
import {
  enforcedIndex,
  enforcedText,
  isEnforced,
  keptFile,
  readBeforeEnforcement,
} from '../../src/pip/enforced-configuration.ts';

const file = '/home/u/.config/pip/pip.conf';
const index = 'file:///closed';
const enforced = (text: string, machine = '') =>
  enforcedText({ path: file, text }, index, { machineFiles: [{ path: '/etc/pip.conf', text: machine }], kept: 'kept' });
const configuration = (files: Record<string, string>, verb = 'install') =>
  readPipConfiguration({ environment: {}, home: '/home/u', platform: 'linux', readFile: (path) => files[path], verb });

test.each([
  ['no file', ''],
  ['an index', '[global]\nindex-url = https://a.example/\nindex_url_of = x\ntimeout: 60\n'],
  ['the alias of the index', '[global]\npypi-url = https://a.example/\ntimeout = 60\n'],
  [
    'other sources in the section of a verb',
    '[install]\nextra-index-url =\n  https://a/\n  https://b/\nfind-links = /w\n',
  ],
  ['defaults', '[DEFAULT]\nindex-url = https://a/\n[global]\ntimeout = 60\n[install]\nindex-url = https://b/\n'],
  ['no index at all', '[global]\nno-index = true\n'],
  ['Windows line ends', '[global]\r\nindex-url = https://a.example/\r\ntimeout = 60\r\n'],
])('from a file with %s, pip finds packages only in the enforced index', (_, text) => {
  const { indexUrl, extraIndexUrls, findLinks, noIndex, timeoutSeconds } = configuration({ [file]: enforced(text) });
  expect({ indexUrl, extraIndexUrls, findLinks, noIndex }).toEqual({
    ...{ indexUrl: index, extraIndexUrls: [], findLinks: [], noIndex: false },
  });
  expect(timeoutSeconds).toBe(text.includes('60') ? 60 : 15);
});

test("the machine's sources are replaced in the sections that have them", () => {
  const machine =
    '[global]\nextra-index-url = https://a/\nno-index = yes\n[wheel]\nindex-url = https://b/\n[install]\nfind-links = /w\n';
  const files = { '/etc/pip.conf': machine, [file]: enforced('', machine) };
  for (const verb of ['install', 'wheel', 'download']) {
    const { indexUrl, extraIndexUrls, findLinks, noIndex } = configuration(files, verb);
    expect(new Set([indexUrl, ...extraIndexUrls, ...findLinks])).toEqual(new Set([index]));
    expect(noIndex).toBe(false);
  }
});

test('other options, also of several lines, stay', () => {
  const text = '[global]\ntrusted-host =\n    a.example\n    b.example\n[list]\nformat = columns\n';
  expect(configuration({ [file]: enforced(text) }).trustedHosts).toEqual(['a.example', 'b.example']);
  expect(enforced(text)).toContain('[list]\nformat = columns\n');
});

test('the text is recognized after `pip config` has rewritten it without comments', () => {
  const rewritten = enforced('').replaceAll(/^#.*\n/gm, '');
  expect([isEnforced(rewritten, file), enforcedIndex(rewritten, file)]).toEqual([true, index]);
  expect(isEnforced('[global]\n# [awspip]\nindex-url = x\n', file)).toBe(false);
});

test('enforcing twice changes nothing', () => {
  expect(enforced(enforced('[global]\ntimeout = 60\n'))).toBe(enforced('[global]\ntimeout = 60\n'));
});

test("awspip's own upstream is what the file had before", () => {
  const before = '[global]\nindex-url = https://mine.example/simple/\n';
  const files: Record<string, string> = { [file]: enforced(before), [keptFile(file)]: before };
  const read = readBeforeEnforcement((path) => files[path]);
  expect(read(file)).toBe(before);
  delete files[keptFile(file)];
  expect(read(file)).toBeUndefined();
});
