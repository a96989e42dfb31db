import { describe, expect, test } from 'vitest';
import type { OriginMode, Settings, StoredGroup } from '../../src/local/domains/domain-settings.ts';
import {
  groupOfProject,
  groupPermits,
  newGroup,
  parentOf,
  parsePattern,
} from '../../src/local/packages/package-groups.ts';

const publish = (mode: OriginMode, allowed: readonly string[] = []): StoredGroup => {
  const group = newGroup('/pypi/*', 0);
  return { ...group, modes: { ...group.modes, PUBLISH: mode }, allowed: { ...group.allowed, PUBLISH: allowed } };
};
const settingsOf = (groups: Readonly<Record<string, StoredGroup>>): Settings => ({ groups, tags: {} });
const all = [
  '/*',
  '/pypi/*',
  '/pypi//*',
  '/pypi//acme~',
  '/pypi//acme-app~',
  '/pypi//acme-app$',
  '/npm/*',
  '/npm/acme/*',
];
const settings = settingsOf(Object.fromEntries(all.map((pattern) => [pattern, publish('INHERIT')])));

test.each([
  ['acme-app', '/pypi//acme-app$'],
  ['acme-app-x', '/pypi//acme-app~'],
  ['acme', '/pypi//acme~'],
  ['acme-apple', '/pypi//acme~'],
  ['acmeapp', '/pypi//*'],
])('%s belongs to the most specific group that matches it: %s', (name, group) => {
  expect(groupOfProject(settings, name)).toBe(group);
});

test.each([
  ['/*', undefined],
  ['/pypi/*', '/*'],
  ['/pypi//*', '/pypi/*'],
  ['/pypi//acme~', '/pypi//*'],
  ['/pypi//acme-app~', '/pypi//acme~'],
  ['/pypi//acme-app$', '/pypi//acme-app~'],
  ['/npm/acme/*', '/npm/*'],
])('the parent of %s is the closest group that contains it: %s', (pattern, parent) => {
  expect(parentOf(settings, pattern)).toBe(parent);
});

test.each([
  '',
  '/',
  'acme',
  '/pypi',
  '/pypi/acme',
  '/pypi/acme~',
  '/pypi//acme',
  '/pypi//acme*',
  '/pypi//a b$',
  '/PYPI/*',
])('%j is no pattern', (text) => {
  expect(parsePattern(text)).toBeUndefined();
});

describe('a mode', () => {
  const permits = (groups: Record<string, StoredGroup>, name: string, repository = 'secure-pypi') =>
    groupPermits(settingsOf(groups), name, 'PUBLISH', repository);

  test('is ALLOW without groups', () => {
    expect(permits({}, 'acme')).toBe(true);
  });

  test('is inherited, also the repositories that it allows', () => {
    const groups = {
      '/pypi/*': publish('ALLOW_SPECIFIC_REPOSITORIES', ['secure-pypi']),
      '/pypi//acme~': publish('INHERIT', ['pypi-store']),
    };
    expect([permits(groups, 'acme'), permits(groups, 'acme', 'pypi-store')]).toEqual([true, false]);
  });

  test('of a group overrides that of its parent', () => {
    const groups = { '/pypi/*': publish('BLOCK'), '/pypi//acme~': publish('ALLOW') };
    expect([permits(groups, 'acme-app'), permits(groups, 'requests')]).toEqual([true, false]);
  });
});
