import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  CreatePackageGroupCommand,
  DeletePackageCommand,
  DescribePackageCommand,
  DescribePackageGroupCommand,
  DisposePackageVersionsCommand,
  GetPackageVersionReadmeCommand,
  ListAssociatedPackagesCommand,
  ListPackageVersionDependenciesCommand,
  ListPackageVersionsCommand,
  ListSubPackageGroupsCommand,
  ListTagsForResourceCommand,
  PutPackageOriginConfigurationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePackageGroupOriginConfigurationCommand,
} from '@aws-sdk/client-codeartifact';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sdist, wheel } from '../helpers/distributions.ts';
import { wheel as fakeWheel } from '../local/support/public-index.ts';
import { awsPython } from '../local/support/python.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

let opened: OpenedStack;
let client: ReturnType<typeof clientsOf>['codeArtifact'];
const domain = { domain: 'awspip' };
const secure = { ...domain, repository: 'secure-pypi', format: 'pypi' } as const;

beforeAll(async () => {
  opened = await openSmallStack({ isInternal: (name) => name.startsWith('acme-') });
  client = clientsOf(opened.stack).codeArtifact;
  opened.upstream.publish('known', fakeWheel('known', '1.0'));
  await (await get('package-install/simple/known/1.0/known-1.0-py3-none-any.whl')).arrayBuffer();
});
afterAll(() => closeSmallStack(opened));

const authorization = () => `Bearer ${opened.stack.secret.reveal()}`;
const get = (route: string) => fetch(pypiUrl(opened.stack, route), { headers: { authorization: authorization() } });

const metadata = (name: string, version: string) =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nRequires-Dist: requests >=2,<3\nRequires-Dist: rich; extra == "x"\n\n# About ${name}\n`;

/** Uploads a wheel with a readme and two requirements, and returns the status. */
async function upload(name: string, version = '1.0'): Promise<number> {
  const files = { [`${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`]: metadata(name, version) };
  return send(name, version, 'bdist_wheel', wheel({ name, version, files }));
}

async function send(name: string, version: string, filetype: string, file: { filename: string; bytes: Buffer }) {
  const digest = createHash('sha256').update(file.bytes).digest('hex');
  const form = new FormData();
  const fields = { ':action': 'file_upload', name, version, filetype, sha256_digest: digest };
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append('content', new Blob([new Uint8Array(file.bytes)]), file.filename);
  const headers = { authorization: authorization() };
  return (await fetch(pypiUrl(opened.stack, 'secure-pypi/'), { method: 'POST', body: form, headers })).status;
}

test('each operation of CodeArtifact answers as its model says, with an effect or with the error of AWS', async ({
  skip,
}) => {
  const found = await awsPython();
  if (!('python' in found)) return skip(found.reason);
  expect([await upload('acme-one'), await upload('acme-two')]).toEqual([200, 200]);
  const one = { ...secure, package: 'acme-one' };
  const version = { ...one, packageVersion: '1.0' };
  const group = { ...domain, packageGroup: '/pypi//acme~' };
  const arn = 'arn:aws:codeartifact:us-east-1:000000000000:domain/awspip';
  const [none, denied, wrong, exists] = [
    'ResourceNotFoundException',
    'AccessDeniedException',
    'ValidationException',
    'ConflictException',
  ];
  const calls: readonly (readonly [operation: string, parameters: object, result?: string])[] = [
    ['ListDomains', {}],
    ['ListDomains', { maxResults: 1 }],
    ['DescribeDomain', domain],
    ['DescribeDomain', { domain: 'another' }, none],
    ['CreateDomain', { domain: 'another' }, denied],
    ['CreateDomain', domain, exists],
    ['DeleteDomain', domain, denied],
    ['GetDomainPermissionsPolicy', domain, none],
    ['PutDomainPermissionsPolicy', { ...domain, policyDocument: '{}' }, denied],
    ['DeleteDomainPermissionsPolicy', domain, none],
    ['GetAuthorizationToken', domain],
    ['GetRepositoryEndpoint', secure],
    ['ListRepositories', {}],
    ['ListRepositoriesInDomain', domain],
    ['DescribeRepository', { ...domain, repository: 'pypi-store' }],
    ['CreateRepository', { ...domain, repository: 'secure-pypi' }, exists],
    ['CreateRepository', { ...domain, repository: 'another' }, denied],
    ['UpdateRepository', { ...domain, repository: 'secure-pypi' }, denied],
    ['DeleteRepository', { ...domain, repository: 'another' }, none],
    ['DeleteRepository', { ...domain, repository: 'secure-pypi' }, denied],
    [
      'AssociateExternalConnection',
      { ...domain, repository: 'secure-pypi', externalConnection: 'public:pypi' },
      denied,
    ],
    [
      'DisassociateExternalConnection',
      { ...domain, repository: 'pypi-store', externalConnection: 'public:pypi' },
      denied,
    ],
    ['GetRepositoryPermissionsPolicy', { ...domain, repository: 'secure-pypi' }, none],
    ['PutRepositoryPermissionsPolicy', { ...domain, repository: 'secure-pypi', policyDocument: '{}' }, denied],
    ['DeleteRepositoryPermissionsPolicy', { ...domain, repository: 'secure-pypi' }, none],
    ['CreatePackageGroup', { ...group, description: 'ours', contactInfo: 'us@acme.example' }],
    ['CreatePackageGroup', group, exists],
    ['CreatePackageGroup', { ...domain, packageGroup: 'acme' }, wrong],
    ['DescribePackageGroup', group],
    ['DescribePackageGroup', { ...domain, packageGroup: '/pypi//other~' }, none],
    ['UpdatePackageGroup', { ...group, description: 'theirs' }],
    ['UpdatePackageGroup', { ...domain, packageGroup: '/npm/*' }, none],
    [
      'UpdatePackageGroupOriginConfiguration',
      {
        ...group,
        restrictions: { PUBLISH: 'ALLOW_SPECIFIC_REPOSITORIES', EXTERNAL_UPSTREAM: 'BLOCK' },
        addAllowedRepositories: [{ repositoryName: 'secure-pypi', originRestrictionType: 'PUBLISH' }],
      },
    ],
    ['ListAllowedRepositoriesForGroup', { ...group, originRestrictionType: 'PUBLISH' }],
    ['ListPackageGroups', domain],
    ['ListSubPackageGroups', { ...domain, packageGroup: '/*' }],
    ['GetAssociatedPackageGroup', { ...domain, format: 'pypi', package: 'acme-one' }],
    ['ListAssociatedPackages', group],
    ['TagResource', { resourceArn: arn, tags: [{ key: 'team', value: 'us' }] }],
    ['ListTagsForResource', { resourceArn: arn }],
    ['UntagResource', { resourceArn: arn, tagKeys: ['team'] }],
    ['ListTagsForResource', { resourceArn: `${arn}-2` }, none],
    ['ListPackages', secure],
    ['DescribePackage', one],
    ['PutPackageOriginConfiguration', { ...one, restrictions: { publish: 'ALLOW', upstream: 'BLOCK' } }],
    [
      'PutPackageOriginConfiguration',
      { ...secure, package: 'no', restrictions: { publish: 'ALLOW', upstream: 'BLOCK' } },
      none,
    ],
    ['ListPackageVersions', one],
    ['DescribePackageVersion', version],
    ['ListPackageVersionAssets', version],
    ['GetPackageVersionAsset', { ...version, asset: 'acme_one-1.0-py3-none-any.whl' }],
    ['GetPackageVersionAsset', { ...version, asset: 'other.whl' }, none],
    ['GetPackageVersionReadme', version],
    ['GetPackageVersionReadme', { ...version, packageVersion: '9.9' }, none],
    ['ListPackageVersionDependencies', version],
    ['PublishPackageVersion', { ...version, assetContent: 'x', assetName: 'x', assetSHA256: 'a'.repeat(64) }, wrong],
    [
      'CopyPackageVersions',
      {
        ...{ ...domain, format: 'pypi', package: 'known', versions: ['1.0'] },
        ...{ sourceRepository: 'package-install', destinationRepository: 'secure-pypi' },
      },
    ],
    ['UpdatePackageVersionsStatus', { ...one, versions: ['1.0'], targetStatus: 'Archived' }],
    ['DisposePackageVersions', { ...one, versions: ['1.0'] }],
    ['DeletePackageVersions', { ...one, versions: ['1.0'] }],
    ['DeletePackage', { ...secure, package: 'acme-two' }],
    ['DeletePackage', { ...secure, package: 'acme-two' }, none],
    ['DeletePackageGroup', group],
    ['DeletePackageGroup', group, none],
    ['DeletePackageGroup', { ...domain, packageGroup: '/*' }, wrong],
  ];
  const { stdout } = await execa(found.python, [path.join(import.meta.dirname, 'model-checks.py')], {
    input: JSON.stringify(calls.map(([operation, parameters]) => [operation, parameters])),
    env: {
      AWS_ENDPOINT_URL: opened.stack.endpoint,
      AWS_ACCESS_KEY_ID: opened.stack.secret.reveal(),
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/nonexistent',
      NO_PROXY: '127.0.0.1',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  const { results, problems, operations } = JSON.parse(stdout);
  expect(problems).toEqual([]);
  expect(results).toEqual(calls.map(([operation, , result = 'ok']) => [operation, result]));
  expect([...new Set(calls.map(([operation]) => operation))].toSorted()).toEqual(operations.toSorted());
});

describe('package groups', () => {
  const restrict = (packageGroup: string, restrictions: Record<string, 'ALLOW' | 'BLOCK' | 'INHERIT'>) =>
    client.send(new UpdatePackageGroupOriginConfigurationCommand({ ...domain, packageGroup, restrictions }));

  test('decide about uploads, and the most specific one counts', async () => {
    await client.send(new CreatePackageGroupCommand({ ...domain, packageGroup: '/pypi/*' }));
    await client.send(new CreatePackageGroupCommand({ ...domain, packageGroup: '/pypi//acme~' }));
    await restrict('/pypi/*', { PUBLISH: 'BLOCK' });
    expect(await upload('acme-grouped')).toBe(403);
    const { packageGroup } = await client.send(
      new DescribePackageGroupCommand({ ...domain, packageGroup: '/pypi//acme~' }),
    );
    expect(packageGroup?.parent?.pattern).toBe('/pypi/*');
    expect(packageGroup?.originConfiguration?.restrictions?.PUBLISH).toMatchObject({
      ...{ mode: 'INHERIT', effectiveMode: 'BLOCK', inheritedFrom: { pattern: '/pypi/*' } },
    });
    await restrict('/pypi//acme~', { PUBLISH: 'ALLOW' });
    expect(await upload('acme-grouped')).toBe(200);
    const { packages = [] } = await client.send(
      new ListAssociatedPackagesCommand({ ...domain, packageGroup: '/pypi//acme~' }),
    );
    expect(packages.map((found) => found.package)).toEqual(['acme-grouped']);
    const { packageGroups = [] } = await client.send(
      new ListSubPackageGroupsCommand({ ...domain, packageGroup: '/pypi/*' }),
    );
    expect(packageGroups.map(({ pattern }) => pattern)).toEqual(['/pypi//acme~']);
  });

  test('decide about imports from the public index, and what was imported stays', async () => {
    opened.upstream.publish('known', fakeWheel('known', '2.0'));
    opened.upstream.publish('fresh', fakeWheel('fresh', '1.0'));
    await restrict('/pypi/*', { EXTERNAL_UPSTREAM: 'BLOCK' });
    const page = await (await get('package-install/simple/known/')).text();
    expect([page.includes('known-1.0'), page.includes('known-2.0')]).toEqual([true, false]);
    expect((await get('package-install/simple/fresh/')).status).toBe(404);
    expect((await get('package-install/simple/fresh/1.0/fresh-1.0-py3-none-any.whl')).status).toBe(404);
    await restrict('/pypi/*', { EXTERNAL_UPSTREAM: 'ALLOW' });
    expect((await get('package-install/simple/fresh/')).status).toBe(200);
  });
});

describe('packages', () => {
  test('with origin controls take no uploads, and nothing from the public index', async () => {
    await upload('acme-closed');
    const put = (repository: string, name: string) =>
      client.send(
        new PutPackageOriginConfigurationCommand({
          ...{ ...secure, repository, package: name },
          restrictions: { publish: 'BLOCK', upstream: 'BLOCK' },
        }),
      );
    await put('secure-pypi', 'acme-closed');
    expect(await upload('acme-closed', '2.0')).toBe(403);
    await put('package-install', 'known');
    expect(await (await get('package-install/simple/known/')).text()).not.toContain('known-2.0');
    const { package: described } = await client.send(new DescribePackageCommand({ ...secure, package: 'acme-closed' }));
    expect(described?.originConfiguration?.restrictions).toEqual({ publish: 'BLOCK', upstream: 'BLOCK' });
  });

  test('keep the names of disposed versions without their files, and nothing replaces them', async () => {
    await upload('acme-disposed');
    const one = { ...secure, package: 'acme-disposed' };
    const { successfulVersions } = await client.send(new DisposePackageVersionsCommand({ ...one, versions: ['1.0'] }));
    expect(successfulVersions?.['1.0']?.status).toBe('Disposed');
    expect((await get('secure-pypi/simple/acme-disposed/')).status).toBe(404);
    expect(await upload('acme-disposed')).toBe(409);
    opened.upstream.publish('acme-disposed', fakeWheel('acme_disposed', '99.0'));
    expect((await get('package-install/simple/acme-disposed/')).status).toBe(404);
    const { versions = [] } = await client.send(new ListPackageVersionsCommand(one));
    expect(versions).toMatchObject([{ version: '1.0', status: 'Disposed', origin: { originType: 'INTERNAL' } }]);
    await client.send(new DeletePackageCommand(one));
    expect(await upload('acme-disposed')).toBe(200);
  });

  test.each(['wheel', 'sdist'])('have the readme and the requirements of their %s', async (kind) => {
    const name = `acme-${kind}`;
    if (kind === 'wheel') await upload(name);
    else {
      const source = await sdist({
        name,
        version: '1.0',
        files: { 'PKG-INFO': metadata(name, '1.0').replace('2.1', '2.2') },
      });
      expect(await send(name, '1.0', 'sdist', source)).toBe(200);
    }
    const version = { ...secure, package: name, packageVersion: '1.0' };
    const { readme } = await client.send(new GetPackageVersionReadmeCommand(version));
    expect(readme).toBe(`# About ${name}`);
    const { dependencies = [] } = await client.send(new ListPackageVersionDependenciesCommand(version));
    expect(dependencies).toEqual([
      { package: 'requests', dependencyType: 'Requires-Dist', versionRequirement: '>=2,<3' },
      { package: 'rich', dependencyType: 'Requires-Dist', versionRequirement: '' },
    ]);
  });
});

test('tags are kept by resource', async () => {
  const arnOf = (resource: string) => `arn:aws:codeartifact:us-east-1:000000000000:${resource}`;
  const [one, other] = [arnOf('repository/awspip/secure-pypi'), arnOf('repository/awspip/pypi-store')];
  const tag = (resourceArn: string, key: string) =>
    client.send(new TagResourceCommand({ resourceArn, tags: [{ key, value: 'x' }] }));
  await Promise.all([tag(one, 'a'), tag(one, 'b'), tag(other, 'c')]);
  await client.send(new UntagResourceCommand({ resourceArn: one, tagKeys: ['a'] }));
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: one }));
  expect(tags).toEqual([{ key: 'b', value: 'x' }]);
});
