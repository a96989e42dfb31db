import { expect, test } from 'vitest';
import type { Statement } from '../../src/infra/access-controls.ts';
import { groupChanges, mergePolicy, repositoryProblems } from '../../src/infra/controls-plan.ts';

const ours: Statement = {
  Sid: 'DefenderOnlyTheWorkflowAdds',
  Effect: 'Deny',
  Principal: '*',
  Action: ['codeartifact:PublishPackageVersion'],
  Resource: '*',
};
const theirs = {
  Sid: 'TeamReads',
  Effect: 'Allow',
  Principal: { AWS: '111111111111' },
  Action: 'x:Read',
  Resource: '*',
};

test('a policy keeps the statements of others and replaces those of an earlier deployment', () => {
  const old = { ...ours, Sid: 'DefenderFormerName' };
  const merged = mergePolicy(JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement: [theirs, old] }), [ours]);
  expect(JSON.parse(merged ?? '')).toEqual({ Version: '2012-10-17', Id: 'x', Statement: [theirs, ours] });
  expect(mergePolicy(merged, [ours])).toBe(merged);
});

test('a policy with a single statement that is no list, and one without statements', () => {
  expect(JSON.parse(mergePolicy(JSON.stringify({ Statement: theirs }), [ours]) ?? '').Statement).toEqual([
    theirs,
    ours,
  ]);
  expect(JSON.parse(mergePolicy(undefined, [ours]) ?? '').Statement).toEqual([ours]);
  expect(mergePolicy(JSON.stringify({ Statement: [ours] }), [])).toBeUndefined();
  expect(mergePolicy(undefined, [])).toBeUndefined();
});

const planned = { name: 'secure-pypi', upstreams: [], externalConnections: [], statements: [] };

test('a repository with other sources than planned is rejected, with what it has and needs', () => {
  expect(repositoryProblems(planned, { upstreams: [], externalConnections: [] })).toEqual([]);
  expect(repositoryProblems(planned, { upstreams: ['b', 'a'], externalConnections: ['public:pypi'] })).toEqual([
    'the repository secure-pypi has the upstreams a, b, but must have none',
    'the repository secure-pypi has the external connections public:pypi, but must have none',
  ]);
  const store = { ...planned, name: 'pypi-store', externalConnections: ['public:pypi'] };
  expect(repositoryProblems(store, { upstreams: [], externalConnections: [] })).toEqual([
    'the repository pypi-store has the external connections none, but must have public:pypi',
  ]);
});

test('a package group gets exactly the planned repositories', () => {
  const group = {
    pattern: '/pypi/*',
    description: '',
    allowed: { publish: ['secure'], externalUpstream: ['store', 'install'], internalUpstream: [] },
  };
  const found = [
    { repositoryName: 'store', originRestrictionType: 'EXTERNAL_UPSTREAM' },
    { repositoryName: 'secure', originRestrictionType: 'EXTERNAL_UPSTREAM' },
    { repositoryName: 'install', originRestrictionType: 'INTERNAL_UPSTREAM' },
  ] as const;
  expect(groupChanges(group, found)).toEqual({
    restrictions: {
      PUBLISH: 'ALLOW_SPECIFIC_REPOSITORIES',
      EXTERNAL_UPSTREAM: 'ALLOW_SPECIFIC_REPOSITORIES',
      INTERNAL_UPSTREAM: 'BLOCK',
    },
    add: [
      { repositoryName: 'secure', originRestrictionType: 'PUBLISH' },
      { repositoryName: 'install', originRestrictionType: 'EXTERNAL_UPSTREAM' },
    ],
    remove: [
      { repositoryName: 'secure', originRestrictionType: 'EXTERNAL_UPSTREAM' },
      { repositoryName: 'install', originRestrictionType: 'INTERNAL_UPSTREAM' },
    ],
  });
});
