import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { referencePolicy } from '../../src/firewall/policy.ts';
import { listen } from '../relay/repository-double.ts';

type Stored = { readonly text: string; readonly etag: string } | { readonly status: number; readonly code: string };
type Module = typeof import('../../src/infra/functions/parts/current-policy.ts');

let stored: Stored;
const requests: { readonly path: string; readonly ifNoneMatch: string | undefined }[] = [];
let server: Awaited<ReturnType<typeof listen>>;

/** Starts a fake S3 with one object. */
beforeAll(async () => {
  server = await listen((request, response) => {
    const ifNoneMatch = request.headers['if-none-match'];
    requests.push({ path: new URL(request.url ?? '', 'http://s3').pathname, ifNoneMatch });
    if ('status' in stored) {
      response.writeHead(stored.status, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${stored.code}</Code><Message>no</Message></Error>`);
    } else if (ifNoneMatch === stored.etag) response.writeHead(304).end();
    else response.writeHead(200, { etag: stored.etag }).end(stored.text);
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: server.origin,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
    POLICY_BUCKET: 'policies',
    POLICY_KEY: 'policy.json',
  });
});
afterAll(() => server.close());

/** Returns a new instance of the module, like a cold start. */
async function coldStart(): Promise<Module> {
  vi.resetModules();
  requests.length = 0;
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

test('without a policy file the recommended policy applies', async () => {
  const { currentPolicy } = await coldStart();
  stored = { status: 404, code: 'NoSuchKey' };
  expect((await currentPolicy(0)).name).toBe('recommended');
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
