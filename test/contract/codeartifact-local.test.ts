import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdatePackageVersionsStatusCommand } from '@aws-sdk/client-codeartifact';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyRelease } from '../../src/codeartifact/copy-release.ts';
import { type RepositoryAccess, repositoryAccess } from '../../src/codeartifact/repository-access.ts';
import { importedRelease, requestImport } from '../../src/codeartifact/request-import.ts';
import { openHttp } from '../../src/index/http.ts';
import type { Http } from '../../src/index/http-types.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { startRelay } from '../../src/relay/relay.ts';
import { stackNames } from '../helpers/stack-names.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack } from '../local/support/stack.ts';
import { sdist, wheel } from '../relay/distributions.ts';
import { sha256 } from '../relay/repository-double.ts';

const release = { name: 'alpha' as ProjectName, version: '1.0' };
const alpha = wheel('alpha', '1.0');
const source = await sdist('alpha', '1.0');
const { domain, owner: domainOwner } = stackNames;

let opened: OpenedStack;
let http: Http;
let folder: string;
beforeEach(async () => {
  opened = await openSmallStack();
  opened.upstream.publish('alpha', alpha);
  http = openHttp({ trustedHosts: [], timeoutSeconds: 10 });
  folder = await mkdtemp(join(tmpdir(), 'awspip-local-'));
});
afterEach(async () => {
  await http.close();
  await closeSmallStack(opened);
  await rm(folder, { recursive: true, force: true });
});

const client = () => clientsOf(opened.stack).codeArtifact;
const sleep = async (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function access(repository: string): RepositoryAccess {
  const identity = ['local', opened.stack.endpoint];
  return repositoryAccess({
    client: async () => client(),
    domain,
    domainOwner,
    repository,
    cache: undefined,
    identity,
    now: Date.now,
  });
}

async function connectionOf(repository: RepositoryAccess) {
  return {
    endpoint: await repository.endpoint(),
    token: async () => (await repository.token()).token,
    renewToken: async () => (await repository.renew()).token,
  };
}

async function ingest(judged: Readonly<Record<string, string>>) {
  const location = { client: client(), domain, domainOwner, repository: stackNames.install };
  const connection = await connectionOf(access(stackNames.install));
  const others = { http, userAgentVersion: '0.0.0', release, sha256: judged, now: Date.now, sleep };
  await requestImport({ ...connection, ...location, ...others });
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await importedRelease(location, release);
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error('the import did not end');
}

async function copy(revision: string) {
  const [from, to] = [stackNames.install, stackNames.secure];
  return copyRelease({ client: client(), domain, domainOwner, from, to, release, revision, sleep });
}

const first = { [alpha.filename]: sha256(alpha.bytes) };
const both = { ...first, [source.filename]: sha256(source.bytes) };

test('pip installs an ingested and copied release through the relay', async () => {
  const { revision, sha256: digests } = await ingest(first);
  expect(digests).toEqual(first);
  expect(await copy(revision)).toEqual({ kind: 'copied' });
  expect(await copy(revision)).toEqual({ kind: 'unchanged' });

  const relay = await startRelay({ ...(await connectionOf(access(stackNames.secure))), http, version: '0.0.0' });
  const inherited = Object.entries(process.env).filter(([name]) => !/^(pip_|(https?|all|no)_proxy$)/i.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    PIP_CONFIG_FILE: devNull,
    PIP_NO_CACHE_DIR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_INDEX_URL: relay.indexUrl,
    PIP_TRUSTED_HOST: relay.host,
    PIP_PROXY: relay.proxyUrl,
  };
  const argv = ['-m', 'pip', 'install', '--target', join(folder, 'demo'), 'alpha'];
  const run = await execa('python3', argv, { env, extendEnv: false, reject: false });
  await relay.close();
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await readdir(join(folder, 'demo'))).toContain('alpha');
  expect(relay.observed()).toMatchObject({ servedFiles: [alpha.filename], failures: [], blockedHosts: [] });
});

test('a release with a new upstream file is ingested and copied again after the file has been judged', async () => {
  const { revision } = await ingest(first);
  await copy(revision);
  opened.upstream.publish('alpha', source);
  await expect(ingest(first)).rejects.toMatchObject({ code: 'changed-since-judged' });
  const updated = await ingest(both);
  expect(updated.sha256).toEqual(both);
  expect(updated.revision).not.toBe(revision);
  await expect(copy(revision)).rejects.toMatchObject({ code: 'changed-since-judged' });
  expect(await copy(updated.revision)).toEqual({ kind: 'copied' });
});

test('a release archived in secure-pypi stays archived', async () => {
  const { revision } = await ingest(first);
  await copy(revision);
  await client().send(
    new UpdatePackageVersionsStatusCommand({
      domain,
      repository: stackNames.secure,
      format: 'pypi',
      package: release.name,
      versions: [release.version],
      targetStatus: 'Archived',
    }),
  );
  await expect(copy(revision)).rejects.toMatchObject({ code: 'release-withdrawn' });
});

test('a project that upstream does not have is an error without a wait', async () => {
  opened.upstream.remove('alpha');
  await expect(ingest(first)).rejects.toMatchObject({ code: 'release-not-visible' });
});
