import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitFiles } from '../../src/index/json-entries.ts';
import { parseSimplePage, simpleContentTypes } from '../../src/index/simple-page.ts';
import type { ProjectName } from '../../src/index/types.ts';

const name = 'demo' as ProjectName;
const url = 'https://index.test/simple/demo/';
const parse = (body: string) => parseSimplePage({ body, contentType: simpleContentTypes.json, url, name });

/** Returns what the parts of a split object have together; the object itself if it isn't split. */
function joined(text: string): unknown {
  const split = splitFiles(text);
  if (split === undefined) return JSON.parse(text);
  return { ...JSON.parse(split.rest), files: [...split.entries].map((entry) => JSON.parse(entry)) };
}

test('the parts of any object with files are the object', () => {
  const object = fc.record({ meta: fc.jsonValue(), files: fc.array(fc.jsonValue()), more: fc.jsonValue() });
  fc.assert(
    fc.property(object, fc.constantFrom(0, 1, 2), fc.boolean(), (value, indent, isFirst) => {
      const { files, ...others } = value;
      const text = JSON.stringify(isFirst ? { files, ...others } : { ...others, files }, undefined, indent);
      expect(joined(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['no array of files', '{"files": {"a": [1]}}'],
  ['its files twice', '{"files": [1], "files": [2]}'],
  ['an escaped key', '{"\\u0066iles": [1]}'],
  ['no object', '[{"files": []}]'],
])('a text with %s is not split', (_, text) => {
  expect(splitFiles(text)).toBeUndefined();
});

test.each([
  '{"files": [1 2]}',
  '{"files": [1,]}',
  '{"files": [1',
  '{"files": ["a]}',
  '{"files": [1]]}',
  '{"files": [{]}',
])('damaged JSON stays damaged in its parts: %s', (text) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(() => joined(text)).toThrow();
});

const file = (at: number) => {
  const filename = `demo-${at}.0-py3-none-any.whl`;
  return { filename, url: `https://files.test/${'x'.repeat(1_900)}/${filename}`, hashes: { sha256: 'a'.repeat(64) } };
};

test('a page of 5,000 releases and ten megabytes is parsed file by file, and a damaged one is rejected', async () => {
  const files = Array.from({ length: 5_000 }, (_, at) => file(at));
  const body = JSON.stringify({ meta: { 'api-version': '1.1' }, name, files, versions: [] });
  expect(body.length).toBeGreaterThan(10_000_000);
  const page = await parse(body);
  expect(page.files.map(({ filename }) => filename)).toEqual(files.map(({ filename }) => filename));
  await expect(parse(body.replace('"hashes"', 'hashes'))).rejects.toThrow('not a JSON object');
  await expect(parse(body.slice(0, -20))).rejects.toThrow('not a JSON object');
  const long = JSON.stringify({ files: [{ ...file(1), x: 'x'.repeat(9_000_000) }] });
  await expect(parse(long)).rejects.toThrow('an entry has more than 262144 characters');
});
