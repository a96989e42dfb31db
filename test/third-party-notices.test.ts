import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bundledPackages } from '../.build/bundled-packages.ts';
import { declaredLicence, licenceProblem, type Manifest } from '../.build/licences.ts';
import { readPackage } from '../.build/read-package.ts';
import { renderNotices, thirdPartyNotices } from '../.build/third-party-notices.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-notices-'));
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = (fields: Partial<Manifest> = {}): Manifest => ({ name: 'left', version: '1.2.3', ...fields });

/** An installed package. */
function installed(fields: Partial<Manifest>, files: Readonly<Record<string, string>> = {}): string {
  const whole = manifest(fields);
  const at = path.join(folder, 'node_modules', whole.name);
  mkdirSync(at, { recursive: true });
  for (const [name, text] of Object.entries({ ...files, 'package.json': JSON.stringify(whole) })) {
    writeFileSync(path.join(at, name), text);
  }
  return at;
}

describe('a licence is allowed', () => {
  test.each([
    'MIT',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'Apache-2.0+',
    '0BSD',
    'CC0-1.0',
    'Unlicense',
    'BlueOak-1.0.0',
    'Python-2.0',
    '(MIT OR GPL-3.0-or-later)',
    'MIT AND Apache-2.0',
    'MIT AND (GPL-2.0-only OR ISC)',
  ])('%s', (license) => {
    expect(licenceProblem(manifest({ license }))).toBeUndefined();
  });

  test('by a choice in the form of old packages', () => {
    expect(licenceProblem(manifest({ licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] }))).toBeUndefined();
    expect(licenceProblem(manifest({ license: { type: 'ISC' } }))).toBeUndefined();
  });
});

describe('a licence is refused', () => {
  test.each([
    'GPL-3.0-only',
    'GPL-2.0+',
    'AGPL-3.0-or-later',
    'LGPL-2.1',
    'LGPL-2.1-or-later',
    'MPL-2.0',
    'EPL-2.0',
    'CDDL-1.0',
    'CC-BY-SA-4.0',
    'MIT AND GPL-3.0-only',
    'ISC AND (EPL-2.0 OR MPL-2.0)',
    'GPL-2.0-only OR LGPL-3.0-only',
    'GPL-2.0-only WITH Classpath-exception-2.0',
    'LicenseRef-ours',
  ])('%s', (license) => {
    expect(licenceProblem(manifest({ license }))).toMatch(
      `cannot bundle left 1.2.3: its licence \`${license}\` is not on the list of allowed licences`,
    );
  });

  test.each(['SEE LICENSE IN terms.md', 'UNLICENSED', 'MIT or so'])('%s, which SPDX does not know', (license) => {
    expect(licenceProblem(manifest({ license }))).toMatch(
      `cannot bundle left 1.2.3: its licence \`${license}\` is not an SPDX expression`,
    );
  });

  test.each([[{}], [{ license: ' ' }], [{ licenses: [] }]])('that nobody declared: %j', (fields) => {
    expect(licenceProblem(manifest(fields))).toMatch('cannot bundle left 1.2.3: its package.json declares no licence');
  });

  test('with what to do about it', () => {
    expect(
      licenceProblem(manifest({ license: 'MPL-2.0' }))
        ?.split('\n')
        .slice(1),
    ).toEqual([
      '',
      expect.stringMatching(/^hint: remove left, or replace it/),
      expect.stringMatching(/^hint: .*`allowedLicences` in \.build\/licences\.ts$/),
    ]);
  });
});

test('a choice of two old licences is written as one expression', () => {
  expect(declaredLicence(manifest({ licenses: [{ type: 'MIT' }, { type: 'ISC' }] }))).toBe('(MIT OR ISC)');
  expect(declaredLicence(manifest({ licenses: [{ type: 'MIT' }] }))).toBe('MIT');
});

test('a package is bundled when some of its code is in some file, wherever it is nested', () => {
  const inputs = {
    'src/main.ts': { bytesInOutput: 10 },
    'node_modules/right/index.js': { bytesInOutput: 10 },
    'node_modules/right/node_modules/@scope/left/lib/a.js': { bytesInOutput: 1 },
    'node_modules/shaken-off/index.js': { bytesInOutput: 0 },
    '(disabled):node_modules/for-browsers/index.js': { bytesInOutput: 5 },
  };
  const output = { bytes: 1, inputs, imports: [], exports: [] };
  const elsewhere = { ...output, inputs: { '../other/node_modules/left/index.js': { bytesInOutput: 2 } } };
  expect(bundledPackages({ outputs: { 'dist/a.js': output, 'dist/b.js': output, 'dist/c.js': elsewhere } })).toEqual([
    '../other/node_modules/left',
    'node_modules/right',
    'node_modules/right/node_modules/@scope/left',
  ]);
});

test('a package’s text is that of all its licence and notice files', () => {
  const at = installed(
    { name: 'two', license: 'MIT OR Apache-2.0' },
    { 'LICENSE-MIT': 'first', 'licence.md': 'third\n', 'NOTICE.txt': 'second', 'license.js': 'code', licensed: 'no' },
  );
  expect(readPackage(at).licenceText).toBe('first\n\nsecond\n\nthird');
});

describe('a package without a text has the standard one', () => {
  test.each([
    ['MIT', 'Permission is hereby granted', 'MIT License'],
    ['ISC', 'THE SOFTWARE IS PROVIDED "AS IS" AND ISC DISCLAIMS', 'ISC License:'],
    ['BSD-3-Clause', 'Redistributions of source code', 'Redistribution and use'],
    ['Apache-2.0', 'limitations under the License.', 'Apache License'],
    ['(GPL-3.0-only OR MIT)', 'Permission is hereby granted', 'MIT License'],
  ])('%s', (license, part, start) => {
    const at = installed({ name: `bare-${license.length}`, license, author: { name: 'Ada Lovelace' } });
    const text = renderNotices([readPackage(at)]);
    expect(text).toContain(part);
    expect(text).toContain(`\n\nCopyright (c) Ada Lovelace\n\n${start}`);
    expect(text).not.toMatch(/<year>|Internet Systems Consortium|GNU/);
  });

  test('and its contributors where it names no author', () => {
    const text = (fields: Partial<Manifest>) => renderNotices([{ manifest: manifest({ license: 'ISC', ...fields }) }]);
    expect(text({ contributors: ['Ada', { name: 'Charles' }] })).toContain('Copyright (c) Ada, Charles\n');
    expect(text({})).toContain('Copyright (c) the authors of left\n');
  });
});

test('packages are listed by name, those of one text together, each once', () => {
  const one = (name: string, licenceText: string) => ({ manifest: manifest({ name, license: 'MIT' }), licenceText });
  const packages = [one('c', 'same \r\ntext'), one('b', 'other'), one('a', 'same\ntext\n'), one('a', 'same\ntext')];
  const text = renderNotices(packages);
  const rule = '-'.repeat(80);
  expect(text.slice(text.indexOf(rule))).toBe(
    `${rule}\na 1.2.3 (MIT)\nc 1.2.3 (MIT)\n${rule}\n\nsame\ntext\n\n${rule}\nb 1.2.3 (MIT)\n${rule}\n\nother\n`,
  );
  expect(renderNotices(packages.toReversed())).toBe(text);
});

test('a bundle with a refused package has a problem for each', () => {
  const inputs = Object.fromEntries(
    [
      installed({ name: 'fine', license: 'MIT' }),
      installed({ name: 'strict', license: 'GPL-3.0-only' }),
      installed({ name: 'silent' }),
    ].map((at) => [`${at}/index.js`, { bytesInOutput: 1 }]),
  );
  const { problems } = thirdPartyNotices({ outputs: { 'dist/a.js': { bytes: 1, inputs, imports: [], exports: [] } } });
  expect(problems).toEqual([
    expect.stringContaining('cannot bundle silent 1.2.3'),
    expect.stringContaining('cannot bundle strict 1.2.3'),
  ]);
});
