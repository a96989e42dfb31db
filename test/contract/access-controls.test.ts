import type { IncomingMessage, ServerResponse } from 'node:http';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openHttp } from '../../src/index/http.ts';
import type { Statement } from '../../src/infra/access-controls.ts';
import type { ControlsPlan } from '../../src/infra/controls-plan.ts';
import { applyControls, planOf } from '../../src/infra/functions/parts/apply-controls.ts';
import { answerCustomResource, type CustomResourceRequest } from '../../src/infra/functions/parts/custom-resource.ts';
import { controlsPermissions } from '../../src/infra/permissions.ts';
import { listen } from '../relay/repository-double.ts';

type Policy = { document: string; revision: string };
type Repository = { upstreams: string[]; externalConnections: string[]; policy?: Policy };
type Group = { restrictions?: Record<string, string>; allowed: { name: string; type: string }[] };

/** What the fake CodeArtifact and the fake CloudFormation have stored. */
let repositories: Map<string, Repository>;
let groups: Map<string, Group>;
let domainPolicy: Policy | undefined;
let responses: Record<string, unknown>[];
let calls: string[];
let faults: string[];
let client: CodeartifactClient;
const http = openHttp({ trustedHosts: [], timeoutSeconds: 5 });
let server: Awaited<ReturnType<typeof listen>>;

const operations: Readonly<Record<string, string>> = {
  'GET /v1/repository': 'DescribeRepository',
  'GET /v1/repository/permissions/policy': 'GetRepositoryPermissionsPolicy',
  'PUT /v1/repository/permissions/policy': 'PutRepositoryPermissionsPolicy',
  'GET /v1/domain/permissions/policy': 'GetDomainPermissionsPolicy',
  'PUT /v1/domain/permissions/policy': 'PutDomainPermissionsPolicy',
  'POST /v1/package-group': 'CreatePackageGroup',
  'GET /v1/package-group-allowed-repositories': 'ListAllowedRepositoriesForGroup',
  'PUT /v1/package-group-origin-configuration': 'UpdatePackageGroupOriginConfiguration',
};

/** Returns an error that the fake service answers. */
const refusal = (status: number, type: string) => Object.assign(new Error(type), { status, type });
type Refusal = ReturnType<typeof refusal>;

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own members
function answer(operation: string, query: URLSearchParams, body: any): unknown {
  const repository = repositories.get(query.get('repository') ?? '');
  const group = groups.get(query.get('package-group') ?? body.packageGroup ?? '');
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw refusal(404, 'ResourceNotFoundException');
    return value;
  };
  const put = (policy: Policy | undefined): Policy => {
    if (policy?.revision !== body.policyRevision) throw refusal(409, 'ConflictException');
    return { document: body.policyDocument, revision: String(Number(policy?.revision ?? 0) + 1) };
  };
  switch (operation) {
    case 'DescribeRepository': {
      const { upstreams, externalConnections } = found(repository);
      return {
        repository: {
          upstreams: upstreams.map((repositoryName) => ({ repositoryName })),
          externalConnections: externalConnections.map((externalConnectionName) => ({ externalConnectionName })),
        },
      };
    }
    case 'GetRepositoryPermissionsPolicy':
      return { policy: found(found(repository).policy) };
    case 'PutRepositoryPermissionsPolicy':
      found(repository).policy = put(repository?.policy);
      return {};
    case 'GetDomainPermissionsPolicy':
      return { policy: found(domainPolicy) };
    case 'PutDomainPermissionsPolicy':
      domainPolicy = put(domainPolicy);
      return {};
    case 'CreatePackageGroup':
      if (group !== undefined) throw refusal(409, 'ConflictException');
      groups.set(body.packageGroup, { allowed: [] });
      return {};
    case 'ListAllowedRepositoriesForGroup': {
      // One repository per page.
      const all = found(group).allowed.filter(({ type }) => type === query.get('originRestrictionType'));
      const at = Number(query.get('next-token') ?? 0);
      const next = at + 1 < all.length ? { nextToken: String(at + 1) } : {};
      return { allowedRepositories: all.slice(at, at + 1).map(({ name }) => name), ...next };
    }
    default: {
      const keyOf = (one: { repositoryName: string; originRestrictionType: string }) => ({
        name: one.repositoryName,
        type: one.originRestrictionType,
      });
      const removed = body.removeAllowedRepositories.map(keyOf) as Group['allowed'];
      const stays = found(group).allowed.filter(
        ({ name, type }) => !removed.some((one) => one.name === name && one.type === type),
      );
      Object.assign(found(group), {
        restrictions: body.restrictions,
        allowed: [...stays, ...body.addAllowedRepositories.map(keyOf)],
      });
      return {};
    }
  }
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://aws');
  let text = '';
  request.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  request.on('end', () => {
    const body = text === '' ? {} : JSON.parse(text);
    if (url.pathname === '/response') {
      responses.push({ ...body, contentType: request.headers['content-type'] ?? '' });
      return void response.writeHead(200).end();
    }
    const operation = operations[`${request.method} ${url.pathname}`] ?? 'unknown';
    calls.push(operation);
    try {
      const fault = faults.indexOf(operation);
      if (fault !== -1) {
        faults.splice(fault, 1);
        throw refusal(409, 'ConflictException');
      }
      const answered = JSON.stringify(answer(operation, url.searchParams, body));
      response.writeHead(200, { 'content-type': 'application/json' }).end(answered);
    } catch (error) {
      const { status, type } = error as Refusal;
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
      response.end(JSON.stringify({ message: `${operation} refused` }));
    }
  });
}

beforeAll(async () => {
  server = await listen(handle);
  client = new CodeartifactClient({
    endpoint: server.origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await Promise.all([http.close(), server.close()]);
});
beforeEach(() => {
  repositories = new Map([
    ['secure-pypi', { upstreams: [], externalConnections: [] }],
    ['pypi-store', { upstreams: [], externalConnections: ['public:pypi'] }],
  ]);
  groups = new Map();
  domainPolicy = undefined;
  [responses, calls, faults] = [[], [], []];
});

const statement = (Sid: string): Statement => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Action: ['codeartifact:UpdateRepository'],
  Resource: '*',
});
const plan: ControlsPlan = {
  domain: 'awspip',
  domainOwner: '123456789012',
  domainStatements: [statement('DefenderReaders')],
  repositories: [
    { name: 'secure-pypi', upstreams: [], externalConnections: [], statements: [statement('DefenderAdds')] },
    {
      name: 'pypi-store',
      upstreams: [],
      externalConnections: ['public:pypi'],
      statements: [statement('DefenderReads')],
    },
  ],
  groups: [
    {
      pattern: '/pypi/*',
      description: 'from outside only into the workflow',
      allowed: { publish: ['secure-pypi'], externalUpstream: ['pypi-store', 'package-install'], internalUpstream: [] },
    },
  ],
};

async function send(RequestType: CustomResourceRequest['RequestType'], sent: ControlsPlan | 'no plan' = plan) {
  const request = {
    RequestType,
    ResponseURL: `${server.origin}/response?X-Amz-Signature=x`,
    StackId: 'arn:stack',
    RequestId: 'request-1',
    LogicalResourceId: 'Controls',
    ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'earlier' }),
    ResourceProperties: { ServiceToken: 'arn:function', Plan: sent === 'no plan' ? '{' : JSON.stringify(sent) },
  };
  await answerCustomResource(request, {
    id: 'access-controls',
    apply: async () => applyControls({ client, sleep: async () => {} }, planOf(request)),
    http,
  });
  return responses.at(-1);
}

const sidsOf = (policy: Policy | undefined) =>
  (JSON.parse(policy?.document ?? '{"Statement":[]}').Statement as Statement[]).map(({ Sid }) => Sid);

test('policies and package groups are written with exactly the permissions of the role', async () => {
  expect(await send('Create')).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: 'access-controls',
    StackId: 'arn:stack',
    RequestId: 'request-1',
    LogicalResourceId: 'Controls',
    contentType: '',
  });
  expect(sidsOf(repositories.get('secure-pypi')?.policy)).toEqual(['DefenderAdds']);
  expect(sidsOf(repositories.get('pypi-store')?.policy)).toEqual(['DefenderReads']);
  expect(sidsOf(domainPolicy)).toEqual(['DefenderReaders']);
  expect(groups.get('/pypi/*')?.restrictions).toMatchObject({ INTERNAL_UPSTREAM: 'BLOCK' });
  const allowed = controlsPermissions({ repositories: true, domain: true, groups: true });
  expect([...new Set(calls.map((name) => `codeartifact:${name}`))].sort()).toEqual(
    allowed.flatMap(({ actions }) => actions).sort(),
  );
});

test('a repetition changes nothing, and statements of others stay', async () => {
  const team = { ...statement('Team'), Effect: 'Allow' };
  repositories.set('secure-pypi', {
    upstreams: [],
    externalConnections: [],
    policy: { document: JSON.stringify({ Statement: [team, statement('DefenderFormer')] }), revision: '7' },
  });
  groups.set('/pypi/*', {
    allowed: [
      { name: 'team-repository', type: 'EXTERNAL_UPSTREAM' },
      { name: 'other', type: 'EXTERNAL_UPSTREAM' },
    ],
  });
  await send('Create');
  const stored = structuredClone([repositories, groups, domainPolicy]);
  expect(await send('Update')).toMatchObject({ Status: 'SUCCESS' });
  expect([repositories, groups, domainPolicy]).toEqual(stored);
  expect(sidsOf(repositories.get('secure-pypi')?.policy)).toEqual(['Team', 'DefenderAdds']);
  expect(groups.get('/pypi/*')?.allowed.map(({ name }) => name)).toEqual([
    'secure-pypi',
    'pypi-store',
    'package-install',
  ]);
});

test('a repository with an unexpected source fails the deployment before anything is written', async () => {
  repositories.set('secure-pypi', { upstreams: ['pypi-store'], externalConnections: [] });
  expect(await send('Create')).toMatchObject({
    Status: 'FAILED',
    Reason: 'the repository secure-pypi has the upstreams pypi-store, but must have none',
  });
  expect(calls.filter((name) => !name.startsWith('Describe'))).toEqual([]);
});

test('a repository that does not exist fails the deployment with the cause', async () => {
  repositories.delete('pypi-store');
  expect(await send('Create')).toMatchObject({
    Status: 'FAILED',
    Reason: 'ResourceNotFoundException: DescribeRepository refused',
  });
});

test('a policy that changes meanwhile is read again; one that always changes fails', async () => {
  faults = ['PutRepositoryPermissionsPolicy'];
  expect(await send('Create')).toMatchObject({ Status: 'SUCCESS' });
  faults = Array.from({ length: 9 }, () => 'PutDomainPermissionsPolicy');
  expect(await send('Update', { ...plan, domainStatements: [statement('DefenderOthers')] })).toMatchObject({
    Status: 'FAILED',
  });
});

test('deleting the stack leaves policies and package groups', async () => {
  await send('Create');
  const stored = structuredClone([repositories, groups, domainPolicy]);
  calls.length = 0;
  expect(await send('Delete')).toMatchObject({ Status: 'SUCCESS' });
  expect([repositories, groups, domainPolicy]).toEqual(stored);
  expect(calls).toEqual([]);
});

test('a plan that is not JSON is answered as a failure, so that CloudFormation does not wait', async () => {
  expect(await send('Update', 'no plan')).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'earlier' });
});
