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
import { runCheck, skip } from './run-check.ts';
import type { Check } from './types.ts';

type LiveContext = {
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
 * Checks a deployed system: the answers of the repository's endpoint, the vetted releases, and the event of a 404.
 * Requests the vetting of one project that does not exist.
 */
export async function* liveChecks(context: ProcessContext, deployment: Deployment): AsyncIterable<Check> {
  const access = openAccess(context, deployment);
  const http = openHttp(repositoryNetwork(context));
  try {
    const [endpoint, { token }] = await Promise.all([access.endpoint(), access.token()]);
    const client = documentClient(await dynamoClient(deployment.client));
    const store = vettingStore({ client, table: deployment.table, now: context.now });
    const live: LiveContext = { context, deployment, http, endpoint, token: token.reveal(), store };
    for (const [name, path, expected, options] of endpointChecks) {
      yield await runCheck(`live: ${name}`, () => checkAnswer(live, path, expected, options));
    }
    yield await runCheck('live: token length', async () => checkTokenLength(live.token));
    yield await runCheck('live: vetted releases are in the repository', () => checkReleases(live));
    yield await runCheck('live: 404 of plain pip starts vetting', () => checkEvent(live));
    yield await runCheck('live: copy directly from upstream', async () =>
      skip('not checked, because it would add an unvetted release to the repository; awspip does not rely on it'),
    );
  } catch (error) {
    yield await runCheck('live', () => Promise.reject(error));
  } finally {
    await http.close();
  }
}

/** How a request differs from an ordinary one. A null token sends none. */
type RequestOptions = { readonly token?: string | null; readonly accept?: string };

type EndpointCheck = readonly [name: string, path: string, expected: readonly number[], options?: RequestOptions];

/** The answers that the relay relies on. Where several statuses are listed, the relay handles each of them. */
const endpointChecks: readonly EndpointCheck[] = [
  ['missing project', 'simple/awspip-doctor-no-such-project/', [404]],
  ['request without a token', 'simple/awspip-doctor/', [401], { token: null }],
  ['request with an invalid token', 'simple/awspip-doctor/', [401], { token: 'eyJ2ZXIiOjF9.none' }],
  ['unsupported page format', 'simple/awspip-doctor/', [404, 406], { accept: 'application/x-nothing' }],
  ['list of all projects', 'simple/', [400, 404, 405]],
  ['missing repository', '../awspip-doctor-no-such-repository/simple/pip/', [403, 404]],
];

async function checkAnswer(
  live: LiveContext,
  path: string,
  expected: readonly number[],
  options: RequestOptions = {},
): Promise<string> {
  const status = await requestStatus(live, path, options);
  if (expected.includes(status)) return `answered ${status}`;
  throw new AwspipError('answer-unexpected', `answered ${status}, expected ${expected.join(' or ')}`, {
    exit: 'unavailable',
    hint: 'report this to awspip, with the output of `awspip doctor --live --json`',
  });
}

/** Sends one request to the repository's endpoint and returns the status. */
async function requestStatus(
  { http, endpoint, token }: LiveContext,
  path: string,
  options: RequestOptions = {},
  userAgent = 'awspip/doctor',
): Promise<number> {
  const requestToken = options.token === undefined ? token : options.token;
  const headers = {
    accept: options.accept ?? 'application/vnd.pypi.simple.v1+json',
    'user-agent': userAgent,
    ...(requestToken !== null && { authorization: `Bearer ${requestToken}` }),
  };
  const answer = await http.request(new URL(path, endpoint).href, { headers });
  await discardBody(answer);
  return answer.status;
}

/** Checks that a token fits into a header. Servers commonly limit all headers together to 8 KB. */
function checkTokenLength(token: string): string {
  if (token.length <= 4096) return `${token.length} characters`;
  throw new AwspipError('token-long', `${token.length} characters, which proxies may reject`, {
    exit: 'unavailable',
    hint: 'use an identity whose token is shorter, such as a role instead of a federated user',
  });
}

/** Checks that releases with a SECURE record are published in the repository. */
async function checkReleases({ deployment, store }: LiveContext): Promise<string> {
  const { releases } = await store.listByStatus('SECURE', { limit: maxReleases });
  if (releases.length === 0) return skip('no release is vetted yet; install a package first');
  const { domain, domainOwner, repository } = deployment;
  const client = await codeArtifactClient(deployment.client);
  for (const { name, version } of releases) {
    const input = { domain, domainOwner, repository, format: 'pypi', package: name, packageVersion: version } as const;
    try {
      const { packageVersion } = await client.send(new DescribePackageVersionCommand(input));
      if (packageVersion?.status === 'Published') continue;
      const message = `${name} ${version} has status ${packageVersion?.status} in ${repository}`;
      throw new AwspipError('release-withdrawn', message, { exit: 'blocked' });
    } catch (error) {
      if (error instanceof Error && error.name === 'AccessDeniedException')
        return skip('no permission to describe package versions');
      throw serviceError(error, `${name} ${version} in ${repository}`);
    }
  }
  return `checked ${releases.length} releases`;
}

/** Requests a page with pip's user agent, and waits until the rule has started vetting of the missing project. */
async function checkEvent(live: LiveContext): Promise<string> {
  const { context, store } = live;
  const name = `awspip-doctor-${context.unique()}`;
  const startedAt = context.now();
  const seconds = () => Math.round((context.now() - startedAt) / 1000);
  await requestStatus(live, `simple/${name}/`, {}, 'pip/24.0 {"installer":{"name":"pip","version":"24.0"}}');
  const statuses = ['CHECK', 'BLOCKED', 'ERROR'] as const;
  while (seconds() < eventWaitSeconds) {
    for (const status of statuses) {
      const { requests } = await store.listByStatus(status, { limit: 50 });
      if (requests.some(({ roots }) => roots.includes(name))) return `started after ${seconds()} s`;
    }
    await context.sleep(Math.min(10_000, 500 + (context.now() - startedAt) / 4));
  }
  throw new AwspipError('event-missing', `vetting of ${name} did not start within ${eventWaitSeconds} s`, {
    exit: 'unavailable',
    hint: 'check that a CloudTrail trail logs management events, and that the EventBridge rule has the state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`',
  });
}
