import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopyPackageVersionsCommand } from '@aws-sdk/client-codeartifact';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StackAccess, Task } from '../../src/local/types.ts';
import { stateMachineArn } from '../helpers/stack-names.ts';
import { wheel } from '../local/support/public-index.ts';
import { awsPython, writeWheel } from '../local/support/python.ts';
import { smallTasks } from '../local/support/small-workflow.ts';
import {
  clientsOf,
  closeSmallStack,
  type OpenedStack,
  openSmallStack,
  pypiUrl,
  temporaryFolder,
} from '../local/support/stack.ts';

const domain = 'awspip';
let opened: OpenedStack;
let folder = '';

async function tokenOf({ codeArtifact }: ReturnType<typeof clientsOf>): Promise<string> {
  const { GetAuthorizationTokenCommand } = await import('@aws-sdk/client-codeartifact');
  return (await codeArtifact.send(new GetAuthorizationTokenCommand({ domain }))).authorizationToken ?? '';
}

/** Downloads a release through package-install and copies it to secure-pypi, as the vetting workflow does. */
async function addToSecure(access: StackAccess, name: string, version: string): Promise<void> {
  const clients = clientsOf(access);
  const authorization = `Bearer ${await tokenOf(clients)}`;
  const file = pypiUrl(access, `package-install/simple/${name}/${version}/${name}-${version}-py3-none-any.whl`);
  await (await fetch(file, { headers: { authorization } })).arrayBuffer();
  await clients.codeArtifact.send(
    new CopyPackageVersionsCommand({
      domain,
      format: 'pypi',
      sourceRepository: 'package-install',
      destinationRepository: 'secure-pypi',
      package: name,
      versions: [version],
    }),
  );
}

beforeAll(async () => {
  folder = await temporaryFolder();
  opened = await openSmallStack({
    tasks: (access): Record<string, Task> => ({
      ...smallTasks(),
      plan: async (input: { package?: string }) => {
        if (input.package === 'wanted') await addToSecure(access, 'wanted', '1.0');
        return { items: [], again: false };
      },
    }),
  });
  opened.upstream.publish('sample', wheel('sample', '1.0'), wheel('sample', '2.0'));
  await addToSecure(opened.stack, 'sample', '1.0');
});
afterAll(async () => {
  await closeSmallStack(opened);
  await rm(folder, { recursive: true, force: true });
});

describe('plain pip with secure-pypi as its index', () => {
  it('fails at first, which starts the vetting, and later installs the vetted release', async () => {
    const path = await writeWheel('wanted', '1.0', folder);
    opened.upstream.publish('wanted', { ...wheel('wanted', '1.0'), bytes: await readFile(path) });
    const token = await tokenOf(clientsOf(opened.stack));
    const { host, pathname } = new URL(pypiUrl(opened.stack, 'secure-pypi/simple/'));
    const pip = (target: string) =>
      execa('python3', ['-m', 'pip', 'install', '--no-deps', '--target', join(folder, target), 'wanted'], {
        reject: false,
        env: {
          PIP_INDEX_URL: `http://aws:${token}@${host}${pathname}`,
          PIP_CONFIG_FILE: '/dev/null',
          PIP_NO_CACHE_DIR: '1',
          PIP_DISABLE_PIP_VERSION_CHECK: '1',
        },
      });
    const first = await pip('first');
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain('No matching distribution found for wanted');
    await expect.poll(() => opened.stack.running(), { timeout: 10_000 }).toBe(0);
    const second = await pip('second');
    expect(second.exitCode, second.stderr).toBe(0);
    expect(await readFile(join(folder, 'second', 'wanted.py'), 'utf8')).toContain('1.0');
  });
});

describe("AWS's own clients", () => {
  let python = '';
  let skipReason = '';

  beforeAll(async () => {
    const found = await awsPython();
    if ('python' in found) python = found.python;
    else skipReason = found.reason;
  }, 300_000);
  beforeEach((context) => {
    if (skipReason) context.skip(skipReason);
  });

  const environment = () => ({
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: opened.stack.endpoint,
    AWS_ACCESS_KEY_ID: opened.stack.secret.reveal(),
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const run = async (...rest: string[]): Promise<string> => {
    const { stdout } = await execa(python, ['-m', 'awscli', ...rest], { env: environment(), extendEnv: false });
    return stdout;
  };
  const aws = async (...rest: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await run(...rest, '--output', 'json'));
  const codeArtifact = (verb: string, ...rest: string[]) => aws('codeartifact', verb, '--domain', domain, ...rest);

  it('the AWS CLI reads tokens, endpoints, packages and versions', async () => {
    const token = await codeArtifact('get-authorization-token');
    expect(token.authorizationToken).toMatch(/^awspip-local\./);
    const secure = ['--repository', 'secure-pypi'];
    expect(await codeArtifact('get-repository-endpoint', ...secure, '--format', 'pypi')).toEqual({
      repositoryEndpoint: pypiUrl(opened.stack, 'secure-pypi/'),
    });
    expect(await codeArtifact('list-packages', ...secure)).toMatchObject({
      packages: expect.arrayContaining([expect.objectContaining({ package: 'sample', format: 'pypi' })]),
    });
    const sample = [...secure, '--format', 'pypi', '--package', 'sample'];
    expect(await codeArtifact('list-package-versions', ...sample)).toMatchObject({
      defaultDisplayVersion: '1.0',
      versions: [{ version: '1.0', status: 'Published' }],
    });
    expect(await codeArtifact('describe-package-version', ...sample, '--package-version', '1.0')).toMatchObject({
      packageVersion: { packageName: 'sample', version: '1.0', status: 'Published' },
    });
  });

  it('the AWS CLI copies versions, and reports which failed', async () => {
    const copied = await codeArtifact(
      'copy-package-versions',
      ...['--source-repository', 'package-install', '--destination-repository', 'secure-pypi'],
      ...['--format', 'pypi', '--package', 'sample', '--versions', '1.0', '3.0'],
    );
    expect(copied).toMatchObject({
      successfulVersions: {},
      failedVersions: { '3.0': { errorCode: 'NOT_FOUND' }, '1.0': { errorCode: 'SKIPPED' } },
    });
  });

  it('`aws codeartifact login --tool pip` prints an index URL that pip can use', async () => {
    const printed = await run(
      ...['codeartifact', 'login', '--tool', 'pip', '--dry-run'],
      ...['--domain', domain, '--repository', 'secure-pypi'],
    );
    const [address = ''] = /http:\S+/.exec(printed) ?? [];
    const { username, password, pathname, origin } = new URL(address);
    expect(pathname).toBe('/pypi/d/awspip-000000000000/secure-pypi/simple/');
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    expect((await fetch(`${origin}${pathname}sample/`, { headers: { authorization } })).status).toBe(200);
  });

  it('the AWS CLI starts an execution and reads its outcome', async () => {
    const started = await aws(
      ...['stepfunctions', 'start-execution', '--state-machine-arn', stateMachineArn],
      ...['--name', 'from-the-cli', '--input', '{"items":[1,2]}'],
    );
    const arn = ['--execution-arn', String(started.executionArn)];
    await expect
      .poll(() => aws('stepfunctions', 'describe-execution', ...arn), { timeout: 20_000 })
      .toMatchObject({ status: 'SUCCEEDED', name: 'from-the-cli', output: expect.any(String) });
    const { events } = (await aws('stepfunctions', 'get-execution-history', ...arn)) as { events: { type: string }[] };
    expect(events[0]?.type).toBe('ExecutionStarted');
    expect(events.at(-1)?.type).toBe('ExecutionSucceeded');
  });

  it('the AWS CLI reads an item of the table', async () => {
    const { dynamoDb } = clientsOf(opened.stack);
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'things',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    const put = () => dynamoDb.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'one' } } }));
    await expect.poll(() => put().then(() => 'put', String), { timeout: 10_000 }).toBe('put');
    const key = ['--table-name', 'things', '--key', '{"pk":{"S":"one"}}'];
    expect(await aws('dynamodb', 'get-item', ...key)).toEqual({ Item: { pk: { S: 'one' } } });
  });

  it('boto3 makes the same calls, and raises its own exceptions', async () => {
    const script = `
import boto3, json
codeartifact, sfn, dynamodb = (boto3.client(name) for name in ('codeartifact', 'stepfunctions', 'dynamodb'))
names = [page['package'] for answer in codeartifact.get_paginator('list_packages').paginate(
    domain='awspip', repository='secure-pypi', PaginationConfig={'PageSize': 1}) for page in answer['packages']]
caught = []
try:
    codeartifact.describe_package_version(
        domain='awspip', repository='secure-pypi', format='pypi', package='sample', packageVersion='9')
except codeartifact.exceptions.ResourceNotFoundException as error:
    caught.append(error.response['ResponseMetadata']['HTTPStatusCode'])
try:
    sfn.describe_execution(executionArn='${stateMachineArn.replace(':stateMachine:', ':execution:')}:none')
except sfn.exceptions.ExecutionDoesNotExist:
    caught.append('ExecutionDoesNotExist')
try:
    dynamodb.get_item(TableName='nothing', Key={'pk': {'S': 'x'}})
except dynamodb.exceptions.ResourceNotFoundException:
    caught.append('table')
token = codeartifact.get_authorization_token(domain='awspip', durationSeconds=900)
print(json.dumps({'names': names, 'caught': caught, 'expires': token['expiration'].timestamp()}))
`;
    const { stdout } = await execa(python, ['-c', script], { env: environment(), extendEnv: false });
    const answer = JSON.parse(stdout) as { names: string[]; caught: unknown[]; expires: number };
    expect(answer.names).toContain('sample');
    expect(answer.caught).toEqual([404, 'ExecutionDoesNotExist', 'table']);
    expect(Math.abs(answer.expires - Date.now() / 1000 - 900)).toBeLessThan(60);
  });
});
