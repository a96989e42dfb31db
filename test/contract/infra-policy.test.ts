import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { referencePolicy } from '../../src/firewall/policy.ts';
import { listen } from '../relay/repository-double.ts';

type Stored = { readonly text: string; readonly etag: string } | { readonly status: number; readonly code: string };
type Module = typeof import('../../src/infra/functions/parts/current-policy.ts');

let stored: Stored;
const asked: { readonly path: string; readonly ifNoneMatch: string | undefined }[] = [];
let server: Awaited<ReturnType<typeof listen>>;

/** S3's wire, as far as reading one object goes. */
beforeAll(async () => {
  server = await listen((request, response) => {
    const ifNoneMatch = request.headers['if-none-match'];
    asked.push({ path: new URL(request.url ?? '', 'http://s3').pathname, ifNoneMatch });
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

/** The module as a cold function has it. */
async function cold(): Promise<Module> {
  vi.resetModules();
  asked.length = 0;
  return import('../../src/infra/functions/parts/current-policy.ts');
}

const policy = (name: string) => JSON.stringify({ ...referencePolicy, name });
const minute = 60_000;

test('the policy is read once a minute, and anew only when it changed', async () => {
  const { currentPolicy } = await cold();
  stored = { text: policy('first'), etag: '"1"' };
  expect((await currentPolicy(0)).name).toBe('first');
  expect((await currentPolicy(minute - 1)).name).toBe('first');
  const same = await currentPolicy(minute);
  stored = { text: policy('second'), etag: '"2"' };
  const changed = await currentPolicy(2 * minute);
  expect([same.name, changed.name]).toEqual(['first', 'second']);
  expect(asked).toEqual([
    { path: '/policies/policy.json', ifNoneMatch: undefined },
    { path: '/policies/policy.json', ifNoneMatch: '"1"' },
    { path: '/policies/policy.json', ifNoneMatch: '"1"' },
  ]);
});

test('as long as nobody put one there the recommended policy holds', async () => {
  const { currentPolicy } = await cold();
  stored = { status: 404, code: 'NoSuchKey' };
  expect((await currentPolicy(0)).name).toBe('recommended');
});

test.each(['{', '{"name":"x","unknown":1}', ''])(
  'a policy that makes no sense stops every judgement: %s',
  async (text) => {
    const { currentPolicy } = await cold();
    stored = { text, etag: '"1"' };
    await expect(currentPolicy(0)).rejects.toThrow('the policy file is not valid');
  },
);

test('while S3 does not answer the policy that was read holds for an hour, and no longer', async () => {
  const { currentPolicy } = await cold();
  stored = { text: policy('first'), etag: '"1"' };
  await currentPolicy(0);
  stored = { status: 503, code: 'SlowDown' };
  expect((await currentPolicy(59 * minute)).name).toBe('first');
  await expect(currentPolicy(61 * minute)).rejects.toMatchObject({ code: 'policy-unreachable', exit: 'unavailable' });
});

test('a cold function that may not read the policy judges nothing', async () => {
  const { currentPolicy } = await cold();
  stored = { status: 403, code: 'AccessDenied' };
  await expect(currentPolicy(0)).rejects.toMatchObject({ code: 'policy-unreachable' });
});
