import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { codeIn, inlineCodeIn, readDocuments, root } from './helpers/documents.ts';

const text = readDocuments().find(({ file }) => file === 'CONTRIBUTING.md')?.text ?? '';

test('CONTRIBUTING.md names files and folders that exist', () => {
  // What the build writes is not there before the first build, and a name in capitals is the reader's to choose.
  const isSource = (code: string) =>
    /^(?:src|test|docs|\.\w+)\/[\w./-]+$/.test(code) && !/NAME|^\.build\/out/.test(code);
  const paths = inlineCodeIn(text).filter(isSource);
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter((named) => !existsSync(path.join(root, named)))).toEqual([]);
});

test('CONTRIBUTING.md names scripts that exist', () => {
  const named = codeIn(text).flatMap((code) =>
    [...code.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((script) => !(script in packageJson.scripts))).toEqual([]);
});
