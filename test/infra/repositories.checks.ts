import { describe, expect, test } from 'vitest';
import { originControls } from '../../src/infra/access-controls.ts';
import { readOptions } from '../../src/infra/options.ts';
import { synthesize, type Template } from '../../src/infra/synthesize.ts';
import { account, allows, planOf, repositoryPolicies } from './repository-policies.ts';
import { ofType, statements, textOf } from './template-reader.ts';
import { byCommand, company, returned, standard, unusual } from './templates.ts';

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

const role = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`;
const copy = role('supply-chain-defender-copy');
const deployment = role('cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1');
/** Someone whose own policies allow everything. */
const powerful = role('PowerUser');
const root = `arn:aws:iam::${account}:root`;

describe.each([
  ['created', standard],
  ['existing', returned],
])('the policies of %s repositories', (_, template) => {
  const may = (repository: string, by: string, action: string, name?: string) =>
    allows(template, repository, { by, action, ...(name === undefined ? {} : { package: name }) });

  test('only the role of the Copy function adds to secure-pypi, also after it was created again', () => {
    for (const action of ['CopyPackageVersions', 'PublishPackageVersion']) {
      expect([action, may('secure-pypi', copy, action, 'requests')]).toEqual([action, true]);
      for (const by of [powerful, deployment, root, role('supply-chain-defender-ingest'), role('copy')]) {
        expect([by, action, may('secure-pypi', by, action, 'requests')]).toEqual([by, action, false]);
      }
    }
    // Ids of principals would end with the role.
    expect(JSON.stringify([...repositoryPolicies(template)])).not.toMatch(/AROA|NotPrincipal/);
  });

  test.each(['package-install', 'pypi-store'])('only the workflow reads %s', (repository) => {
    for (const action of ['ReadFromRepository', 'GetPackageVersionAsset']) {
      const readers = ['ingest', 'inspect', 'copy'].map((name) => role(`supply-chain-defender-${name}`));
      for (const by of readers) expect([by, may(repository, by, action)]).toEqual([by, true]);
      for (const by of [powerful, deployment, root, role('supply-chain-defender-resolve')]) {
        expect([by, may(repository, by, action)]).toEqual([by, false]);
      }
    }
  });

  test.each(['package-install', 'pypi-store'])('nobody adds to %s or takes it as upstream', (repository) => {
    for (const action of ['PublishPackageVersion', 'CopyPackageVersions', 'AssociateWithDownstreamRepository']) {
      for (const by of [powerful, copy]) expect([by, action, may(repository, by, action)]).toEqual([by, action, false]);
    }
    expect(may('pypi-store', deployment, 'AssociateWithDownstreamRepository')).toBe(true);
  });

  const changes = [
    'AssociateExternalConnection',
    'DeletePackageVersions',
    'DeleteRepository',
    'DeleteRepositoryPermissionsPolicy',
    'DisposePackageVersions',
    'PutPackageMetadata',
    'PutPackageOriginConfiguration',
    'PutRepositoryPermissionsPolicy',
    'UpdateRepository',
  ];
  test.each(['secure-pypi', 'package-install', 'pypi-store'])(
    'only the deployment changes %s, and the root user can always restore access',
    (repository) => {
      for (const action of changes) {
        for (const by of [deployment, root, role('supply-chain-defender-access-controls')]) {
          expect([by, action, may(repository, by, action)]).toEqual([by, action, true]);
        }
        for (const by of [powerful, copy])
          expect([by, action, may(repository, by, action)]).toEqual([by, action, false]);
      }
    },
  );

  test('a person of this account reads secure-pypi, and an administrator archives a release', () => {
    expect(may('secure-pypi', powerful, 'ReadFromRepository')).toBe(true);
    expect(may('secure-pypi', powerful, 'UpdatePackageVersionsStatus', 'requests')).toBe(true);
  });

  test('every policy is below the limit of CodeArtifact', () => {
    for (const [, statements] of repositoryPolicies(template)) {
      expect(JSON.stringify({ Version: '2012-10-17', Statement: statements }).length).toBeLessThan(7168 / 2);
    }
  });
});

test('the roles have the names that the policies of kept repositories name', () => {
  const names = ofType(returned, 'AWS::IAM::Role').map(([, { Properties }]) => Properties.RoleName as string);
  for (const name of ['copy', 'ingest', 'inspect', 'access-controls']) {
    expect(names).toContain(`supply-chain-defender-${name}`);
  }
  for (const template of [standard, company, returned]) {
    // Nothing names the role that delivers the flow logs.
    const roles = ofType(template, 'AWS::IAM::Role').filter(([id]) => !id.startsWith('FetcherVpcFlow'));
    for (const [id, { Properties }] of roles) {
      expect([id, Properties.RoleName]).toEqual([id, expect.stringMatching(/^supply-chain-defender-[a-z-]+$/)]);
    }
  }
});

test('role and bucket names stay within the limits of AWS with the longest name of a stack', () => {
  const name = `d${'-'.repeat(26)}x`;
  const template = synthesize({ name, region: 'ap-southeast-1', account, ingest: 'ssm' });
  for (const [, { Properties }] of ofType(template, 'AWS::IAM::Role')) {
    expect((Properties.RoleName ?? '').length).toBeLessThanOrEqual(64);
  }
  const [, bucket] = ofType(template, 'AWS::S3::Bucket')[0]!;
  expect(bucket.Properties.BucketName.length).toBeLessThanOrEqual(63);
  expect(() => readOptions({ name: `${name}x` })).toThrow('2 to 28 characters');
});

describe('internal names', () => {
  const may = (by: string, action: string, name: string) =>
    allows(company, 'secure-pypi', { by, action, package: name });
  const publishers = [role('publish'), role('ci/publish', '222222222222')];

  test.each(publishers)('%s publishes them, and nothing else', (by) => {
    for (const name of ['acme-billing', 'acme', 'acme-tools']) {
      expect([name, may(by, 'PublishPackageVersion', name)]).toEqual([name, true]);
    }
    for (const name of ['requests', 'not-acme', 'acm']) {
      expect([name, may(by, 'PublishPackageVersion', name)]).toEqual([name, false]);
    }
  });

  test('nobody else publishes them, and nobody copies them', () => {
    for (const by of [powerful, deployment, root, copy]) {
      expect([by, may(by, 'PublishPackageVersion', 'acme-billing')]).toEqual([by, false]);
      expect([by, may(by, 'CopyPackageVersions', 'acme-billing')]).toEqual([by, false]);
    }
    expect(may(copy, 'CopyPackageVersions', 'requests')).toBe(true);
  });

  test('without publishers nobody publishes them', () => {
    expect(allows(unusual, 'secure-pypi', { by: powerful, action: 'PublishPackageVersion', package: 'acme-x' })).toBe(
      false,
    );
  });

  test('publishers get a token, and a managed policy for these packages only', () => {
    const [, domain] = ofType(company, 'AWS::CodeArtifact::Domain')[0]!;
    expect(JSON.stringify(domain.Properties.PermissionsPolicyDocument)).toContain(publishers[1]);
    const [, policy] = ofType(company, 'AWS::IAM::ManagedPolicy').find(([id]) => id.includes('Publishers'))!;
    const publishing = policy.Properties.PolicyDocument.Statement.find(
      ({ Action }: { Action: string }) => Action === 'codeartifact:PublishPackageVersion',
    );
    expect(publishing.Resource.map(textOf)).toEqual([
      'arn:<AWS::Partition>:codeartifact:eu-west-1:123456789012:package/awspip/secure-pypi/pypi//acme-billing',
      'arn:<AWS::Partition>:codeartifact:eu-west-1:123456789012:package/awspip/secure-pypi/pypi//acme*',
    ]);
    expect(Object.keys(company.Outputs)).toContain('PublishersPolicy');
    expect(Object.keys(standard.Outputs)).not.toContain('PublishersPolicy');
  });
});

test('accounts and the organization that the options name read secure-pypi, and no others', () => {
  const read = { action: 'ReadFromRepository' };
  const may = (call: { by: string; organization?: string }) => allows(company, 'secure-pypi', { ...read, ...call });
  expect(may({ by: role('dev', '210987654321') })).toBe(true);
  expect(may({ by: role('dev', '333333333333'), organization: 'o-a1b2c3d4e5' })).toBe(true);
  expect(may({ by: role('dev', '333333333333'), organization: 'o-0000000000' })).toBe(false);
  expect(may({ by: role('dev', '333333333333') })).toBe(false);
  expect(allows(company, 'package-install', { ...read, by: role('dev', '210987654321') })).toBe(false);
});

test('with `ingest=ssm` the instance reads package-install; with `denyReading=false` everyone may', () => {
  const read = { action: 'ReadFromRepository' };
  expect(allows(company, 'package-install', { ...read, by: role('supply-chain-defender-fetcher') })).toBe(true);
  expect(allows(standard, 'package-install', { ...read, by: role('supply-chain-defender-fetcher') })).toBe(false);
  const open = synthesize({ denyReading: 'false' });
  expect(allows(open, 'package-install', { ...read, by: powerful })).toBe(true);
  expect(allows(open, 'package-install', { action: 'PutRepositoryPermissionsPolicy', by: powerful })).toBe(false);
});

test('an administrator of the options changes a repository', () => {
  const by = role('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123');
  expect(allows(company, 'secure-pypi', { by, action: 'UpdateRepository' })).toBe(true);
  expect(allows(standard, 'secure-pypi', { by, action: 'UpdateRepository' })).toBe(false);
});

const groups = (template: Template) =>
  new Map(
    ofType(template, 'AWS::CodeArtifact::PackageGroup').map(([, { Properties }]) => [
      Properties.Pattern as string,
      Properties.OriginConfiguration.Restrictions,
    ]),
  );

test('public packages reach only the repositories of the workflow, and only secure-pypi accepts publishing', () => {
  expect(groups(standard).get('/pypi/*')).toEqual({
    Publish: { RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', Repositories: ['secure-pypi'] },
    ExternalUpstream: {
      RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES',
      Repositories: ['pypi-store', 'package-install'],
    },
    InternalUpstream: { RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', Repositories: ['package-install'] },
  });
});

test('internal names are never imported from public repositories', () => {
  for (const pattern of ['/pypi//acme-billing$', '/pypi//acme~']) {
    expect(groups(company).get(pattern)).toEqual({
      Publish: { RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', Repositories: ['secure-pypi'] },
      ExternalUpstream: { RestrictionMode: 'BLOCK' },
      InternalUpstream: { RestrictionMode: 'BLOCK' },
    });
  }
});

test('the function of access controls manages the package groups of an existing domain', () => {
  expect(ofType(returned, 'AWS::CodeArtifact::PackageGroup')).toEqual([]);
  expect(planOf(returned).groups).toEqual(originControls(readOptions({ internalNames: 'acme-billing,acme~' })));
  expect(ofType(synthesize({ existingDomain: true }), 'Custom::AccessControls')).toEqual([]);
});

test('the function of access controls may change only what exists', () => {
  const own = (template: Template) =>
    statements(template)
      .filter(({ owner }) => owner.startsWith('ExistingControlsAccessControlsRole'))
      .flatMap(({ actions, resources }) => actions.map((action) => [action, resources.map(nameOf)] as const))
      .filter(([action]) => action.startsWith('codeartifact:'));
  const nameOf = (arn: string) => arn.split(':').at(-1);
  const one = synthesize({ existingDomain: true, existingSecureRepository: true });
  expect(own(one)).toEqual(
    ['DescribeRepository', 'GetRepositoryPermissionsPolicy', 'PutRepositoryPermissionsPolicy'].map((action) => [
      `codeartifact:${action}`,
      ['repository/awspip/secure-pypi'],
    ]),
  );
  expect(new Map(own(returned)).get('codeartifact:PutRepositoryPermissionsPolicy')).toEqual([
    'repository/awspip/pypi-store',
    'repository/awspip/package-install',
    'repository/awspip/secure-pypi',
  ]);
});

test.each([
  ['existingSecureRepository', 'secure-pypi'],
  ['existingInstallRepository', 'package-install'],
  ['existingStoreRepository', 'pypi-store'],
])('%s alone: the stack creates the other two', (option, name) => {
  const template = synthesize({ existingDomain: true, [option]: 'true' });
  expect([...repositories(template).keys()].sort()).toEqual(
    ['package-install', 'pypi-store', 'secure-pypi'].filter((other) => other !== name),
  );
  expect(planOf(template).repositories.map((planned) => planned.name)).toEqual([name]);
});

test('existing resources are not created', () => {
  expect(ofType(unusual, 'AWS::CodeArtifact::Domain')).toEqual([]);
  expect(ofType(unusual, 'AWS::CodeArtifact::Repository')).toEqual([]);
  expect(ofType(unusual, 'AWS::DynamoDB::Table')).toEqual([]);
  const domains = statements(unusual).filter(({ actions }) => actions.includes('codeartifact:GetAuthorizationToken'));
  expect(domains.length).toBeGreaterThan(0);
  for (const { resources } of domains) {
    expect(resources).toEqual(['arn:<AWS::Partition>:codeartifact:eu-west-1:210987654321:domain/awspip']);
  }
});
