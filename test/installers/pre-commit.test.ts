import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { parsePreCommitConfiguration } from '../../src/installers/pre-commit-configuration.ts';
import { clonedAddresses, isAllowedHook, localPath } from '../../src/installers/pre-commit-store.ts';
import { noAllowedSources, parseAllowedSources } from '../../src/pip/allowed-sources.ts';

const store = mkdtempSync(path.join(tmpdir(), 'awspip-test-store-'));
afterAll(() => rmSync(store, { recursive: true, force: true }));

test('the configuration names repositories, and requirements of local hooks in Python', () => {
  const text = `repos:
- repo: https://github.com/psf/black
  rev: 24.1.0
  hooks: [{ id: black, additional_dependencies: [prettier] }]
- repo: meta
  hooks: [{ id: identity }]
- repo: local
  hooks:
  - { id: a, language: python, additional_dependencies: ["outcome==1.2.0", ".", "x @ https://h/x.whl"] }
  - { id: b, language: node, additional_dependencies: [prettier] }
`;
  expect(parsePreCommitConfiguration(text)).toEqual({
    repositories: ['https://github.com/psf/black'],
    requirements: ['outcome==1.2.0'],
    buildRequirements: ['setuptools>=40.8.0'],
  });
});

test('a configuration that is no YAML, of another form or with an alias bomb names nothing', () => {
  const bomb = `a: &a [x, x]\n${Array.from({ length: 40 }, (_, n) => `b${n}: &b${n} [*${n ? `b${n - 1}` : 'a'}, *${n ? `b${n - 1}` : 'a'}]`).join('\n')}\nrepos: *b39`;
  for (const text of ['', 'repos: 3', '- a', ': : :', 'repos: [3, {repo: 4}, {repo: local, hooks: x}]', bomb]) {
    expect(parsePreCommitConfiguration(text).requirements).toEqual([]);
    expect(parsePreCommitConfiguration(text).repositories).toEqual([]);
  }
});

function clone(name: string, address?: string): string {
  const folder = path.join(store, name);
  mkdirSync(path.join(folder, '.git'), { recursive: true });
  if (address === undefined) rmSync(path.join(folder, '.git'), { recursive: true });
  else {
    const config = `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${address}\n\tfetch = +refs/*\n[other "x"]\n\turl = no\n`;
    writeFileSync(path.join(folder, '.git', 'config'), config);
  }
  return folder;
}

test('a hook is allowed from a clone of an allowed repository, and the placeholder of local hooks', async () => {
  const hooks = clone('repo1', 'https://git.example/team/hooks');
  const local = clone('repo2');
  const allowed = parseAllowedSources('git+https://git.example/team/') ?? noAllowedSources;
  const check = (name: string, folder: string, sources = allowed) =>
    isAllowedHook({ name: normaliseName(name), from: { kind: 'folder', path: folder } }, store, sources);
  expect(await check('hooks', hooks)).toBe(true);
  expect(await check('hooks', hooks, noAllowedSources)).toBe(false);
  expect(await check('pre-commit-placeholder-package', local, noAllowedSources)).toBe(true);
  expect(await check('evil', local)).toBe(false);
  expect(await check('pre-commit-placeholder-package', tmpdir())).toBe(false);
  expect(await check('pre-commit-placeholder-package', store)).toBe(false);
  expect(await clonedAddresses(store)).toEqual(new Set(['https://git.example/team/hooks']));
});

test('a location is a path of this machine unless it has a scheme or a host', () => {
  expect(localPath('file:///a/b')).toBe('/a/b');
  expect(localPath('../hooks', '/a/b')).toBe('/a/hooks');
  expect(localPath('https://git.example/x')).toBeUndefined();
  expect(localPath('git@git.example:team/x')).toBeUndefined();
});
