import {
  CodeartifactClient,
  DescribePackageVersionCommand,
  GetAuthorizationTokenCommand,
  GetPackageVersionAssetCommand,
  ListPackageVersionsCommand,
} from '@aws-sdk/client-codeartifact';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDeployment } from '../../src/local/deployment.ts';
import type { InnerAccess } from '../../src/local/types.ts';
import { createTable } from '../../src/vetting/table.ts';
import { wheel } from '../local/support/public-index.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

/** The AWS clients of the stack's own tasks, which use no connection, next to those of other processes. */
let opened: OpenedStack;
let inner: { readonly codeArtifact: CodeartifactClient; readonly dynamoDb: DynamoDBClient };
let outer: ReturnType<typeof clientsOf>;
const requests: string[] = [];

beforeAll(async () => {
  let access: InnerAccess | undefined;
  opened = await openSmallStack({
    prepare: async (given) => {
      access = given;
    },
  });
  if (access?.answer === undefined) throw new Error('the tasks have no access to the services');
  const { answer } = access;
  const { client } = localDeployment(access, {
    answer: (request) => {
      requests.push(`${request.method} ${request.path}`);
      return answer(request);
    },
  });
  const { region = '', endpoint = '', credentials, requestHandler } = client;
  const options = { region, endpoint, ...(credentials && { credentials }), ...(requestHandler && { requestHandler }) };
  inner = {
    codeArtifact: new CodeartifactClient(options),
    dynamoDb: new DynamoDBClient({ ...options, maxAttempts: 1 }),
  };
  outer = clientsOf(opened.stack);
  await createTable(inner.dynamoDb, 'things');
});
afterAll(() => closeSmallStack(opened));

test('what one writes, the other reads, and a condition that does not hold is the exception of the service', async () => {
  const put = (item: string) =>
    new PutItemCommand({
      TableName: 'things',
      Item: { pk: { S: item }, sk: { S: 'text' }, text: { S: 'Grüße' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
  const get = (item: string) =>
    new GetItemCommand({ TableName: 'things', Key: { pk: { S: item }, sk: { S: 'text' } } });
  await inner.dynamoDb.send(put('inner'));
  await outer.dynamoDb.send(put('outer'));
  expect((await outer.dynamoDb.send(get('inner'))).Item?.text).toEqual({ S: 'Grüße' });
  expect((await inner.dynamoDb.send(get('outer'))).Item?.text).toEqual({ S: 'Grüße' });
  await expect(inner.dynamoDb.send(put('outer'))).rejects.toBeInstanceOf(ConditionalCheckFailedException);
});

test('CodeArtifact answers queries, errors and files as over a connection', async () => {
  const file = wheel('alpha', '1.0');
  opened.upstream.publish('alpha', file);
  const { authorizationToken } = await inner.codeArtifact.send(new GetAuthorizationTokenCommand({ domain: 'awspip' }));
  const imported = await fetch(pypiUrl(opened.stack, `package-install/simple/alpha/1.0/${file.filename}`), {
    headers: { authorization: `Bearer ${authorizationToken}` },
  });
  expect(Buffer.from(await imported.arrayBuffer())).toEqual(file.bytes);
  const alpha = { domain: 'awspip', format: 'pypi', repository: 'package-install', package: 'alpha' } as const;
  const answers = async ({ codeArtifact }: typeof inner | typeof outer) => {
    const { versions } = await codeArtifact.send(new ListPackageVersionsCommand({ ...alpha, status: 'Published' }));
    const missing = await codeArtifact
      .send(new DescribePackageVersionCommand({ ...alpha, packageVersion: '9.9' }))
      .catch(({ name, message }: Error) => ({ name, message }));
    const { asset } = await codeArtifact.send(
      new GetPackageVersionAssetCommand({ ...alpha, packageVersion: '1.0', asset: file.filename }),
    );
    return { versions, missing, bytes: Buffer.from((await asset?.transformToByteArray()) ?? []) };
  };
  const found = await answers(inner);
  expect(found).toMatchObject({ missing: { name: 'ResourceNotFoundException' }, bytes: file.bytes });
  expect(found).toEqual(await answers(outer));
});

test('a request that is aborted already is not sent', async () => {
  const before = requests.length;
  const abortSignal = AbortSignal.abort();
  const read = new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'inner' }, sk: { S: 'text' } } });
  await expect(inner.dynamoDb.send(read, { abortSignal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(requests).toHaveLength(before);
});
