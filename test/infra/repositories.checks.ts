import { expect, test } from 'vitest';
import type { Template } from '../../src/infra/synthesize.ts';
import { ofType, statements, textOf } from './template-reader.ts';
import { byCommand, standard, unusual } from './templates.ts';

const repositories = (template: Template) =>
  new Map(
    ofType(template, 'AWS::CodeArtifact::Repository').map(([, { Properties }]) => [
      Properties.RepositoryName as string,
      Properties,
    ]),
  );

/** Returns every repository that can provide packages to a reader of `name`. */
function sourcesOf(template: Template, name: string): Set<string> {
  const all = repositories(template);
  const seen = new Set<string>();
  const queue = [name];
  for (const next of queue) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...((all.get(next)?.Upstreams as string[] | undefined) ?? []));
  }
  return seen;
}

const connectionsIn = (template: Template, names: Iterable<string>) =>
  [...names].flatMap((name) => (repositories(template).get(name)?.ExternalConnections as string[] | undefined) ?? []);

test.each([
  ['standard', standard],
  ['by command', byCommand],
])('secure-pypi has no path to an external connection (%s)', (_, template) => {
  expect([...sourcesOf(template, 'secure-pypi')]).toEqual(['secure-pypi']);
  expect(connectionsIn(template, sourcesOf(template, 'secure-pypi'))).toEqual([]);
});

test('package-install reaches PyPI through pypi-store, the only repository with the connection', () => {
  expect([...sourcesOf(standard, 'package-install')]).toEqual(['package-install', 'pypi-store']);
  expect(connectionsIn(standard, sourcesOf(standard, 'package-install'))).toEqual(['public:pypi']);
  expect(repositories(standard).get('package-install')?.ExternalConnections).toBeUndefined();
});

test('only the role of the Copy function can add to secure-pypi', () => {
  const [id] = ofType(standard, 'AWS::CodeArtifact::Repository').find(
    ([, { Properties }]) => Properties.RepositoryName === 'secure-pypi',
  )!;
  const [deny] = statements(standard).filter(({ owner, effect }) => owner === id && effect === 'Deny');
  expect(deny?.actions).toEqual(['codeartifact:CopyPackageVersions', 'codeartifact:PublishPackageVersion']);
  expect(deny?.principal).toEqual({ AWS: '*' });
  expect(
    textOf((deny!.condition as { ArnNotEquals: Record<string, unknown> }).ArnNotEquals['aws:PrincipalArn']),
  ).toMatch(/^<CopyRole\w+\.Arn>$/);
  const copying = statements(standard).filter(
    ({ effect, actions }) => effect === 'Allow' && actions.includes('codeartifact:CopyPackageVersions'),
  );
  expect(new Set(copying.map(({ owner }) => owner))).toEqual(new Set([expect.stringMatching(/^CopyRole/)]));
  expect(
    statements(standard).filter(
      ({ actions, effect }) => effect === 'Allow' && actions.includes('codeartifact:PublishPackageVersion'),
    ),
  ).toEqual([]);
});

const groups = (template: Template) =>
  new Map(
    ofType(template, 'AWS::CodeArtifact::PackageGroup').map(([, { Properties }]) => [
      Properties.Pattern as string,
      Properties.OriginConfiguration.Restrictions,
    ]),
  );

test('public packages reach only the repositories of the workflow, and no repository allows publishing', () => {
  expect(groups(standard).get('/pypi/*')).toEqual({
    Publish: { RestrictionMode: 'BLOCK' },
    ExternalUpstream: {
      RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES',
      Repositories: ['pypi-store', 'package-install'],
    },
    InternalUpstream: { RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', Repositories: ['package-install'] },
  });
});

test('internal names are never imported from public repositories', () => {
  for (const pattern of ['/pypi//acme-billing$', '/pypi//acme~']) {
    expect(groups(unusual).get(pattern)).toMatchObject({
      ExternalUpstream: { RestrictionMode: 'BLOCK' },
      InternalUpstream: { RestrictionMode: 'BLOCK' },
    });
  }
});

test('existing resources are neither created nor changed', () => {
  expect(ofType(unusual, 'AWS::CodeArtifact::Domain')).toEqual([]);
  expect(ofType(unusual, 'AWS::CodeArtifact::Repository')).toEqual([]);
  expect(ofType(unusual, 'AWS::DynamoDB::Table')).toEqual([]);
  const domains = statements(unusual).filter(({ actions }) => actions.includes('codeartifact:GetAuthorizationToken'));
  expect(domains.length).toBeGreaterThan(0);
  for (const { resources } of domains) {
    expect(resources).toEqual(['arn:<AWS::Partition>:codeartifact:eu-west-1:210987654321:domain/awspip']);
  }
});
