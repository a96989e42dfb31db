import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { referencePolicy } from '../../src/firewall/policy.ts';
import { listen } from '../relay/repository-double.ts';

type Stored =
  | { readonly text: string; readonly etag: string }
  | { readonly status: number; readonly code: string; readonly isDeleted?: boolean };
type Module = typeof import('../../src/infra/functions/parts/current-policy.ts');

let stored: Stored;
/** The item of the table, and whether the table answers. */
let item: Record<string, { readonly S: string }> | undefined;
let isTableDown = false;
/** The mode that was set for the deployment. */
let mode: Record<string, { readonly S: string }> | undefined;
const tableCalls: string[] = [];
const requests: { readonly path: string; readonly ifNoneMatch: string | undefined }[] = [];
let server: Awaited<ReturnType<typeof listen>>;

/** Answers like DynamoDB with a table of one item. */
async function answerTable(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const body = JSON.parse((await request.toArray()).join(''));
  const type = { 'content-type': 'application/x-amz-json-1.0' };
  const isMode = body.Key.pk.S === 'policy-switch';
  if (!isMode) tableCalls.push(action);
  if (isTableDown) {
    const error = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'no' };
    return void response.writeHead(400, type).end(JSON.stringify(error));
  }
  if (isMode) return void response.writeHead(200, type).end(JSON.stringify(mode === undefined ? {} : { Item: mode }));
  expect(body.Key).toEqual({ pk: { S: 'policy' }, sk: { S: 'file' } });
  const values = body.ExpressionAttributeValues;
  if (action === 'UpdateItem') item = { bucket: values[':bucket'], key: values[':key'], at: values[':at'] };
  response.writeHead(200, type).end(JSON.stringify(action === 'GetItem' && item !== undefined ? { Item: item } : {}));
}

/** Starts a fake S3 with one object, and a fake DynamoDB. */
beforeAll(async () => {
  server = await listen((request, response) => {
    if (request.headers['x-amz-target'] !== undefined) return void answerTable(request, response);
    expect(request.headers['x-amz-expected-bucket-owner']).toBe('123456789012');
    const ifNoneMatch = request.headers['if-none-match'];
    requests.push({ path: new URL(request.url ?? '', 'http://s3').pathname, ifNoneMatch });
    if ('status' in stored) {
      const marker = stored.isDeleted === true ? { 'x-amz-delete-marker': 'true' } : {};
      response.writeHead(stored.status, { 'content-type': 'application/xml', ...marker });
      response.end(`<Error><Code>${stored.code}</Code><Message>no</Message></Error>`);
    } else if (ifNoneMatch === stored.etag) response.writeHead(304).end();
    else response.writeHead(200, { etag: stored.etag }).end(stored.text);
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: server.origin,
    AWS_ENDPOINT_URL_DYNAMODB: server.origin,
    TABLE: 'awspip',
    POLICY_BUCKET_OWNER: '123456789012',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
    POLICY_BUCKET: 'policies',
    POLICY_KEY: 'policy.json',
  });
});
afterAll(() => server.close());
beforeEach(() => {
  [item, mode, isTableDown] = [undefined, undefined, false];
  delete process.env.INTERNAL_NAMES;
  delete process.env.INDEXES;
});

/** Returns a new instance of the module, like a cold start. */
async function coldStart(): Promise<Module> {
  vi.resetModules();
  requests.length = 0;
  tableCalls.length = 0;
  return import('../../src/infra/functions/parts/current-policy.ts');
}

const policy = (name: string) => JSON.stringify({ ...referencePolicy, name });
const minute = 60_000;

test('the policy is checked once a minute, and read again only after a change', async () => {
  const { currentPolicy } = await coldStart();
  stored = { text: policy('first'), etag: '"1"' };
  expect((await currentPolicy(0)).name).toBe('first');
  expect((await currentPolicy(minute - 1)).name).toBe('first');
  const unchanged = await currentPolicy(minute);
  stored = { text: policy('second'), etag: '"2"' };
  const changed = await currentPolicy(2 * minute);
  expect([unchanged.name, changed.name]).toEqual(['first', 'second']);
  expect(requests).toEqual([
    { path: '/policies/policy.json', ifNoneMatch: undefined },
    { path: '/policies/policy.json', ifNoneMatch: '"1"' },
    { path: '/policies/policy.json', ifNoneMatch: '"1"' },
  ]);
});

const none = { status: 404, code: 'NoSuchKey' };
const gone = 'the policy file s3://policies/policy.json is gone, so nothing is assessed';

test('without a policy file the recommended policy applies', async () => {
  const { currentPolicy, rememberCurrentPolicy } = await coldStart();
  stored = none;
  const first = await currentPolicy(0);
  expect(first.name).toBe('recommended');
  await rememberCurrentPolicy(0);
  // The same object, so that the firewall keeps its caches.
  expect(await currentPolicy(minute)).toBe(first);
  expect(item).toBeUndefined();
});

test('a policy file is remembered once, and its loss stops every assessment, also after a cold start', async () => {
  const { currentPolicy, rememberCurrentPolicy } = await coldStart();
  stored = { text: policy('first'), etag: '"1"' };
  for (const at of [0, minute]) {
    await currentPolicy(at);
    await rememberCurrentPolicy(at);
  }
  expect(tableCalls).toEqual(['GetItem', 'UpdateItem']);
  expect(item).toMatchObject({ bucket: { S: 'policies' }, key: { S: 'policy.json' } });
  stored = none;
  await expect(currentPolicy(2 * minute)).rejects.toThrow(gone);
  const next = await coldStart();
  await expect(next.currentPolicy(0)).rejects.toMatchObject({ code: 'policy-missing', exit: 'configuration' });
  // A restored file judges again.
  stored = { text: policy('restored'), etag: '"3"' };
  expect((await next.currentPolicy(0)).name).toBe('restored');
});

test('a new, empty bucket does not replace a policy that was in another one', async () => {
  const { currentPolicy } = await coldStart();
  item = { bucket: { S: 'former' }, key: { S: 'policy.json' } };
  stored = none;
  await expect(currentPolicy(0)).rejects.toThrow('s3://former/policy.json is gone');
});

test('a file that was deleted before any vetting is noticed by its delete marker', async () => {
  const { currentPolicy } = await coldStart();
  stored = { ...none, isDeleted: true };
  await expect(currentPolicy(0)).rejects.toThrow(gone);
});

test('a policy file that moved to another bucket is remembered there', async () => {
  const { currentPolicy, rememberCurrentPolicy } = await coldStart();
  item = { bucket: { S: 'former' }, key: { S: 'policy.json' } };
  stored = { text: policy('first'), etag: '"1"' };
  await currentPolicy(0);
  await rememberCurrentPolicy(0);
  expect(item).toMatchObject({ bucket: { S: 'policies' } });
});

test('if neither a file is found nor the table answers, nothing is assessed; with a file the table is not needed', async () => {
  const { currentPolicy } = await coldStart();
  isTableDown = true;
  stored = none;
  await expect(currentPolicy(0)).rejects.toMatchObject({ code: 'policy-unreachable' });
  stored = { text: policy('first'), etag: '"1"' };
  expect((await currentPolicy(0)).name).toBe('first');
});

test('the mode that was set is over that of the file, the last one applies while the table does not answer, and without any the policy is enforced', async () => {
  const observing = { text: JSON.stringify({ ...referencePolicy, mode: 'observe' }), etag: '"1"' };
  const { currentPolicy } = await coldStart();
  stored = observing;
  isTableDown = true;
  expect((await currentPolicy(0)).mode).toBe('enforce');
  isTableDown = false;
  const first = await currentPolicy(60_000);
  expect(first.mode).toBe('observe');
  mode = { mode: { S: 'enforce' }, reason: { S: 'attack' } };
  expect(await currentPolicy(60_001)).toBe(first);
  expect((await currentPolicy(120_000)).mode).toBe('enforce');
  isTableDown = true;
  expect((await currentPolicy(180_000)).mode).toBe('enforce');
  isTableDown = false;
  mode = { mode: { S: 'observe' }, until: { S: '1970-01-02' } };
  expect((await currentPolicy(240_000)).mode).toBe('observe');
  // The switch has ended, so that the file decides.
  expect(await currentPolicy(86_400_000 * 3)).not.toHaveProperty('observe');
});

test('a bucket that does not exist or belongs to another account stops every assessment', async () => {
  for (const refused of [
    { status: 404, code: 'NoSuchBucket' },
    { status: 403, code: 'AccessDenied' },
  ]) {
    const { currentPolicy } = await coldStart();
    stored = refused;
    await expect(currentPolicy(0)).rejects.toMatchObject({ code: 'policy-unreachable' });
  }
});

test('the internal names of the stack are internal in every policy, in addition to those of the file', async () => {
  process.env.INTERNAL_NAMES = 'acme-*,acme-billing';
  const { currentPolicy } = await coldStart();
  stored = none;
  expect((await currentPolicy(0)).internal).toEqual(['acme-*', 'acme-billing']);
  stored = { text: JSON.stringify({ ...referencePolicy, internal: ['ours', 'acme-*'] }), etag: '"1"' };
  expect((await currentPolicy(minute)).internal).toEqual(['ours', 'acme-*', 'acme-billing']);
});

test('the indexes of the stack are in every policy, and others of the file are unreachable', async () => {
  const deployed = [{ url: 'https://download.pytorch.org/whl/cpu', names: ['torch'] }];
  process.env.INDEXES = JSON.stringify(deployed);
  const { currentPolicy } = await coldStart();
  stored = none;
  expect((await currentPolicy(0)).indexes).toEqual(deployed);
  const other = { url: 'https://packages.example/simple', names: ['jax'] };
  stored = { text: JSON.stringify({ ...referencePolicy, indexes: [...deployed, other] }), etag: '"1"' };
  expect((await currentPolicy(minute)).indexes).toEqual([{ ...other, problem: expect.any(String) }, ...deployed]);
});

test.each(['{', '{"name":"x","unknown":1}', ''])('an invalid policy file stops every assessment: %s', async (text) => {
  const { currentPolicy } = await coldStart();
  stored = { text, etag: '"1"' };
  await expect(currentPolicy(0)).rejects.toThrow('the policy file is not valid');
});

test('while S3 does not answer, the last policy applies for an hour', async () => {
  const { currentPolicy } = await coldStart();
  stored = { text: policy('first'), etag: '"1"' };
  await currentPolicy(0);
  stored = { status: 503, code: 'SlowDown' };
  expect((await currentPolicy(59 * minute)).name).toBe('first');
  await expect(currentPolicy(61 * minute)).rejects.toMatchObject({ code: 'policy-unreachable', exit: 'unavailable' });
});

test('a cold start without permission to read the policy fails', async () => {
  const { currentPolicy } = await coldStart();
  stored = { status: 403, code: 'AccessDenied' };
  await expect(currentPolicy(0)).rejects.toMatchObject({ code: 'policy-unreachable' });
});
