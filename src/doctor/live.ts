import { DescribePackageVersionCommand } from '@aws-sdk/client-codeartifact';
import { codeArtifactClient, dynamoClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { openAccess } from '../codeartifact/open-access.ts';
import { AwspipError } from '../errors.ts';
import { discardBody } from '../index/body.ts';
import { openHttp } from '../index/http.ts';
import type { Http } from '../index/http-types.ts';
import { repositoryNetwork } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { vettingStore } from '../vetting/store.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import { documentClient } from '../vetting/table.ts';
import { check, skip } from './check.ts';
import type { Check } from './types.ts';

type Parts = {
  readonly context: ProcessContext;
  readonly deployment: Deployment;
  readonly http: Http;
  readonly endpoint: string;
  readonly token: string;
  readonly store: VettingStore;
};

const eventWaitSeconds = 900;
const maxReleases = 10;

/**
 * What only a deployed system can show: how the repository's endpoint answers, whether a 404 starts a vetting, and
 * whether what was copied lies there under the names in the records. Vets one project that does not exist.
 */
export async function* liveChecks(context: ProcessContext, deployment: Deployment): AsyncIterable<Check> {
  const access = openAccess(context, deployment);
  const http = openHttp(repositoryNetwork(context));
  try {
    const [endpoint, { token }] = await Promise.all([access.endpoint(), access.token()]);
    const client = documentClient(await dynamoClient(deployment.client));
    const store = vettingStore({ client, table: deployment.table, now: context.now });
    const parts: Parts = { context, deployment, http, endpoint, token: token.reveal(), store };
    for (const [name, path, expected, options] of questions) {
      yield await check(`live: ${name}`, () => asked(parts, path, expected, options));
    }
    yield await check('live: length of a token', async () => fitting(parts.token));
    yield await check('live: what was copied lies there as recorded', () => copied(parts));
    yield await check('live: a 404 of plain pip starts a vetting', () => eventStarts(parts));
    yield await check('live: copying straight from upstream', async () =>
      skip('would put a release into the vetted repository that nobody judged; nothing of awspip relies on it'),
    );
  } catch (error) {
    yield await check('live', () => Promise.reject(error));
  } finally {
    await http.close();
  }
}

type Question = readonly [
  name: string,
  path: string,
  expected: readonly number[],
  how?: { readonly token?: string | null; readonly accept?: string },
];

/** What the relay goes by. Where several are named, all of them serve. */
const questions: readonly Question[] = [
  ['a project that is not there', 'simple/awspip-doctor-no-such-project/', [404]],
  ['no token', 'simple/awspip-doctor/', [401], { token: null }],
  ['a token that is none', 'simple/awspip-doctor/', [401], { token: 'eyJ2ZXIiOjF9.none' }],
  ['a form that nobody speaks', 'simple/awspip-doctor/', [404, 406], { accept: 'application/x-nothing' }],
  ['the list of all projects', 'simple/', [400, 404, 405]],
  ['a repository that is not there', '../awspip-doctor-no-such-repository/simple/pip/', [403, 404]],
];

async function asked(parts: Parts, path: string, expected: readonly number[], how: Question[3] = {}): Promise<string> {
  const status = await statusOf(parts, path, how);
  if (expected.includes(status)) return `${status}`;
  throw new AwspipError('answer-unexpected', `${status}, and awspip goes by ${expected.join(' or ')}`, {
    exit: 'unavailable',
    hint: 'please report this: awspip was built on another answer',
  });
}

async function statusOf(
  { http, endpoint, token }: Parts,
  path: string,
  how: Question[3] = {},
  agent = 'awspip/doctor',
) {
  const given = how.token === undefined ? token : how.token;
  const headers = {
    accept: how.accept ?? 'application/vnd.pypi.simple.v1+json',
    'user-agent': agent,
    ...(given !== null && { authorization: `Bearer ${given}` }),
  };
  const answer = await http.request(new URL(path, endpoint).href, { headers });
  await discardBody(answer);
  return answer.status;
}

/** It travels in a header: servers commonly take 8 KB of those. */
function fitting(token: string): string {
  if (token.length <= 4096) return `${token.length} characters`;
  throw new AwspipError('token-long', `${token.length} characters, which proxies may refuse`, { exit: 'unavailable' });
}

async function copied({ deployment, store }: Parts): Promise<string> {
  const { releases } = await store.listByStatus('SECURE', { limit: maxReleases });
  if (releases.length === 0) return skip('nothing is SECURE yet: install something first');
  const { domain, domainOwner, repository } = deployment;
  const client = await codeArtifactClient(deployment.client);
  for (const { name, version } of releases) {
    const where = { domain, domainOwner, repository, format: 'pypi', package: name, packageVersion: version } as const;
    try {
      const { packageVersion } = await client.send(new DescribePackageVersionCommand(where));
      if (packageVersion?.status === 'Published') continue;
      const message = `${name} ${version} is ${packageVersion?.status} in ${repository}`;
      throw new AwspipError('release-withdrawn', message, { exit: 'blocked' });
    } catch (error) {
      if (error instanceof Error && error.name === 'AccessDeniedException') return skip('only administrators may look');
      throw serviceError(error, `${name} ${version} in ${repository}`);
    }
  }
  return `${releases.length} looked at`;
}

/** Asks as plain pip would, and waits for the rule to start a vetting of what cannot exist. */
async function eventStarts(parts: Parts): Promise<string> {
  const { context, store } = parts;
  const name = `awspip-doctor-${context.unique()}`;
  const began = context.now();
  const seconds = () => Math.round((context.now() - began) / 1000);
  await statusOf(parts, `simple/${name}/`, {}, 'pip/24.0 {"installer":{"name":"pip","version":"24.0"}}');
  const stages = ['CHECK', 'BLOCKED', 'ERROR'] as const;
  while (seconds() < eventWaitSeconds) {
    for (const status of stages) {
      const { requests } = await store.listByStatus(status, { limit: 50 });
      if (requests.some(({ roots }) => roots.includes(name))) return `after ${seconds()} s`;
    }
    await context.sleep(Math.min(10_000, 500 + (context.now() - began) / 4));
  }
  throw new AwspipError('event-missing', `no vetting of ${name} began within ${eventWaitSeconds} s`, {
    exit: 'unavailable',
    hint: 'is there a trail that logs management events, and is the rule ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS?',
  });
}
