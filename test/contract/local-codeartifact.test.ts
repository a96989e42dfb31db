import {
  CopyPackageVersionsCommand,
  DeletePackageVersionsCommand,
  DescribeDomainCommand,
  DescribePackageVersionCommand,
  DescribeRepositoryCommand,
  GetAuthorizationTokenCommand,
  GetPackageVersionAssetCommand,
  GetRepositoryEndpointCommand,
  ListPackagesCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
  ListRepositoriesInDomainCommand,
  ResourceNotFoundException,
  UpdatePackageVersionsStatusCommand,
  ValidationException,
} from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdist, sha256, wheel } from '../local/support/public-index.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

const domain = 'awspip';
const pypi = { domain, format: 'pypi' } as const;

let opened: OpenedStack;
let client: ReturnType<typeof clientsOf>['codeArtifact'];
let token = '';

beforeAll(async () => {
  opened = await openSmallStack();
  client = clientsOf(opened.stack).codeArtifact;
  token = (await client.send(new GetAuthorizationTokenCommand({ domain }))).authorizationToken ?? '';
});
afterAll(() => closeSmallStack(opened));

const fetchFrom = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(pypiUrl(opened.stack, path), {
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.pypi.simple.v1+json', ...headers },
  });

/** Downloads one file through package-install, as the ingest task does. */
async function ingest(project: string, filename: string, version: string): Promise<void> {
  const response = await fetchFrom(`package-install/simple/${project}/${version}/${filename}`);
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

const copy = (name: string, versionRevisions: Record<string, string>, more = {}) =>
  client.send(
    new CopyPackageVersionsCommand({
      ...pypi,
      sourceRepository: 'package-install',
      destinationRepository: 'secure-pypi',
      package: name,
      versionRevisions,
      ...more,
    }),
  );

const describeVersion = async (repository: string, name: string, packageVersion: string) =>
  (await client.send(new DescribePackageVersionCommand({ ...pypi, repository, package: name, packageVersion })))
    .packageVersion;

describe('the CodeArtifact API of the local stack', () => {
  it('issues tokens with the requested duration, and endpoints that end in a slash', async () => {
    const answer = await client.send(new GetAuthorizationTokenCommand({ domain, durationSeconds: 900 }));
    const seconds = ((answer.expiration?.getTime() ?? 0) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(880);
    expect(seconds).toBeLessThanOrEqual(901);
    const endpoint = await client.send(new GetRepositoryEndpointCommand({ ...pypi, repository: 'secure-pypi' }));
    expect(endpoint.repositoryEndpoint).toBe(pypiUrl(opened.stack, 'secure-pypi/'));
  });

  it('rejects durations that CodeArtifact rejects', async () => {
    const answer = client.send(new GetAuthorizationTokenCommand({ domain, durationSeconds: 60 }));
    await expect(answer).rejects.toBeInstanceOf(ValidationException);
  });

  it('describes its domain and repositories, of which only pypi-store has an external connection', async () => {
    const { domain: described } = await client.send(new DescribeDomainCommand({ domain }));
    expect(described).toMatchObject({ name: 'awspip', owner: '000000000000', status: 'Active', repositoryCount: 3 });
    const { repository } = await client.send(new DescribeRepositoryCommand({ domain, repository: 'package-install' }));
    expect(repository?.upstreams).toEqual([{ repositoryName: 'pypi-store' }]);
    expect(repository?.externalConnections).toEqual([]);
    const { repositories } = await client.send(new ListRepositoriesInDomainCommand({ domain }));
    expect(repositories?.map(({ name }) => name)).toEqual(['package-install', 'pypi-store', 'secure-pypi']);
  });

  it('throws ResourceNotFoundException for a missing domain, repository or package', async () => {
    const unknown = [
      new GetAuthorizationTokenCommand({ domain: 'other' }),
      new GetRepositoryEndpointCommand({ ...pypi, repository: 'other' }),
      new ListPackageVersionsCommand({ ...pypi, repository: 'secure-pypi', package: 'nothing' }),
    ];
    for (const command of unknown) {
      await expect(client.send(command as GetAuthorizationTokenCommand)).rejects.toBeInstanceOf(
        ResourceNotFoundException,
      );
    }
  });

  it('rejects callers whose access key ID is not the secret', async () => {
    const unauthorized = clientsOf({ ...opened.stack, secret: { reveal: () => 'AKIAUNKNOWN000000000' } as never });
    await expect(unauthorized.codeArtifact.send(new GetAuthorizationTokenCommand({ domain }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('imports nothing for a page, and all files of a version for one download', async () => {
    opened.upstream.publish('whole', wheel('whole', '1.0'), sdist('whole', '1.0'), wheel('whole', '2.0'));
    expect((await fetchFrom('package-install/simple/whole/')).status).toBe(200);
    await expect(describeVersion('package-install', 'whole', '1.0')).rejects.toBeInstanceOf(ResourceNotFoundException);
    await ingest('whole', 'whole-1.0.tar.gz', '1.0');
    const { assets } = await client.send(
      new ListPackageVersionAssetsCommand({
        ...pypi,
        repository: 'package-install',
        package: 'whole',
        packageVersion: '1.0',
      }),
    );
    expect(assets).toEqual([
      { name: 'whole-1.0-py3-none-any.whl', size: 9, hashes: { 'SHA-256': sha256('whole 1.0') } },
      { name: 'whole-1.0.tar.gz', size: 16, hashes: { 'SHA-256': sha256('whole 1.0 source') } },
    ]);
    const { versions } = await client.send(
      new ListPackageVersionsCommand({ ...pypi, repository: 'pypi-store', package: 'whole' }),
    );
    expect(versions?.map(({ version, status }) => [version, status])).toEqual([['1.0', 'Published']]);
    expect(opened.upstream.requests.files.get('whole-1.0-py3-none-any.whl')).toBeUndefined();
  });

  it('copies the assessed revision, and does not list a version that the destination already has', async () => {
    opened.upstream.publish('assessed', wheel('assessed', '1.0'));
    await ingest('assessed', 'assessed-1.0-py3-none-any.whl', '1.0');
    const revision = (await describeVersion('package-install', 'assessed', '1.0'))?.revision ?? '';
    const first = await copy('assessed', { '1.0': revision });
    expect(first.successfulVersions).toEqual({ '1.0': { revision, status: 'Published' } });
    expect(first.failedVersions).toEqual({});
    expect(await copy('assessed', { '1.0': revision })).toMatchObject({ successfulVersions: {}, failedVersions: {} });
    expect(await describeVersion('secure-pypi', 'assessed', '1.0')).toMatchObject({
      revision,
      status: 'Published',
      origin: { originType: 'EXTERNAL', domainEntryPoint: { externalConnectionName: 'public:pypi' } },
    });
  });

  it('copies all versions or none, and reports why', async () => {
    opened.upstream.publish('several', wheel('several', '1.0'), wheel('several', '2.0'));
    await ingest('several', 'several-1.0-py3-none-any.whl', '1.0');
    await ingest('several', 'several-2.0-py3-none-any.whl', '2.0');
    const revision = (await describeVersion('package-install', 'several', '1.0'))?.revision ?? '';
    const { failedVersions } = await copy('several', { '1.0': revision, '2.0': 'other', '3.0': 'none' });
    const codes = Object.entries(failedVersions ?? {}).map(([version, { errorCode }]) => [version, errorCode]);
    expect(Object.fromEntries(codes)).toEqual({ '1.0': 'SKIPPED', '2.0': 'MISMATCHED_REVISION', '3.0': 'NOT_FOUND' });
    await expect(describeVersion('secure-pypi', 'several', '1.0')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('gives a version with new files a new revision, which can be copied only by overwriting', async () => {
    opened.upstream.publish('gains', wheel('gains', '1.0'));
    await ingest('gains', 'gains-1.0-py3-none-any.whl', '1.0');
    const before = (await describeVersion('package-install', 'gains', '1.0'))?.revision ?? '';
    await copy('gains', { '1.0': before });
    opened.upstream.publish('gains', sdist('gains', '1.0'));
    await ingest('gains', 'gains-1.0.tar.gz', '1.0');
    const after = (await describeVersion('package-install', 'gains', '1.0'))?.revision ?? '';
    expect(after).not.toBe(before);
    expect((await copy('gains', { '1.0': after })).failedVersions).toMatchObject({
      '1.0': { errorCode: 'ALREADY_EXISTS' },
    });
    const written = await copy('gains', { '1.0': after }, { allowOverwrite: true });
    expect(written.successfulVersions).toMatchObject({ '1.0': { revision: after } });
    expect((await fetchFrom('secure-pypi/simple/gains/1.0/gains-1.0.tar.gz')).status).toBe(200);
  });

  it('archives, lists and deletes versions, and checks the expected status', async () => {
    opened.upstream.publish('archived', wheel('archived', '1.0'));
    await ingest('archived', 'archived-1.0-py3-none-any.whl', '1.0');
    const revision = (await describeVersion('package-install', 'archived', '1.0'))?.revision ?? '';
    await copy('archived', { '1.0': revision });
    const change = { ...pypi, repository: 'secure-pypi', package: 'archived', versions: ['1.0'] };
    const wrong = await client.send(
      new UpdatePackageVersionsStatusCommand({ ...change, targetStatus: 'Archived', expectedStatus: 'Unlisted' }),
    );
    expect(wrong.failedVersions).toMatchObject({ '1.0': { errorCode: 'MISMATCHED_STATUS' } });
    await client.send(new UpdatePackageVersionsStatusCommand({ ...change, targetStatus: 'Archived' }));
    expect((await fetchFrom('secure-pypi/simple/archived/')).status).toBe(404);
    expect((await fetchFrom('secure-pypi/simple/archived/1.0/archived-1.0-py3-none-any.whl')).status).toBe(404);
    await client.send(new DeletePackageVersionsCommand(change));
    await expect(describeVersion('secure-pypi', 'archived', '1.0')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('lists packages in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      const file = name.replace('-', '_');
      opened.upstream.publish(name, wheel(file, '1.0'));
      await ingest(name, `${file}-1.0-py3-none-any.whl`, '1.0');
    }
    const request = { domain, repository: 'package-install', packagePrefix: 'page-', maxResults: 2 };
    const first = await client.send(new ListPackagesCommand(request));
    const second = await client.send(new ListPackagesCommand({ ...request, nextToken: first.nextToken }));
    const names = [...(first.packages ?? []), ...(second.packages ?? [])].map((summary) => summary.package);
    expect(names).toEqual(['page-a', 'page-b', 'page-c']);
    expect(second.nextToken).toBeUndefined();
  });

  it('returns the bytes of a stored asset', async () => {
    opened.upstream.publish('bytes', wheel('bytes', '1.0', 'some bytes'));
    await ingest('bytes', 'bytes-1.0-py3-none-any.whl', '1.0');
    const { asset, packageVersionRevision } = await client.send(
      new GetPackageVersionAssetCommand({
        ...pypi,
        repository: 'package-install',
        package: 'bytes',
        packageVersion: '1.0',
        asset: 'bytes-1.0-py3-none-any.whl',
      }),
    );
    expect(await asset?.transformToString()).toBe('some bytes');
    expect(packageVersionRevision).toMatch(/^[0-9a-f]{40}$/);
  });
});
