import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessOptions, repositoryAccess } from '../../src/codeartifact/repository-access.ts';
import { tokenCache } from '../../src/codeartifact/token-cache.ts';
import type { AwspipError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { routes, startApi } from '../codeartifact/api-double.ts';

const hour = 3_600_000;
const endpointUrl = 'https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/secure-pypi/';

let clock: number;
let issued: number;
let directory: string;
let api: Awaited<ReturnType<typeof startApi>>;
beforeEach(async () => {
  clock = 1_000_000_000_000;
  issued = 0;
  directory = await mkdtemp(join(tmpdir(), 'access-'));
  api = await startApi({
    [routes.token]: () => {
      issued += 1;
      const expiration = (clock + 12 * hour) / 1000;
      return { body: { authorizationToken: `token-${issued}`, expiration } };
    },
    [routes.endpoint]: () => ({ body: { repositoryEndpoint: endpointUrl } }),
  });
});
afterEach(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

function access(options: Partial<AccessOptions> = {}) {
  const now = () => clock;
  return repositoryAccess({
    client: async () => api.client,
    domain: 'acme',
    domainOwner: '111122223333',
    repository: 'secure-pypi',
    cache: tokenCache({ directory, now }),
    identity: ['dev', 'eu-west-1'],
    now,
    ...options,
  });
}

async function token(repository: ReturnType<typeof access>): Promise<string> {
  return (await repository.token()).token.reveal();
}

test('concurrent callers and the next run share one token', async () => {
  const first = access();
  expect(await Promise.all([token(first), token(first), token(first)])).toEqual(['token-1', 'token-1', 'token-1']);
  expect(await token(access())).toBe('token-1');
  expect(issued).toBe(1);
  const [call] = api.callsOf(routes.token);
  expect(Object.fromEntries(call!.query)).toEqual({ domain: 'acme', 'domain-owner': '111122223333' });
});

test('a token is renewed ten minutes before it expires, in the same run and in the cache', async () => {
  const first = access();
  const { expiresAt } = await first.token();
  clock = expiresAt - 10 * 60_000 - 1;
  expect(await token(first)).toBe('token-1');
  clock += 1;
  expect(await token(access())).toBe('token-2');
  expect(await token(first)).toBe('token-2');
});

test('callers, domains and accounts do not share tokens', async () => {
  await token(access());
  const others: Partial<AccessOptions>[] = [
    { identity: ['prod', 'eu-west-1'] },
    { domain: 'b' },
    { domainOwner: undefined },
  ];
  for (const other of others) await token(access(other));
  expect(issued).toBe(4);
});

test('concurrent renewals share one request, and the new token replaces the old one', async () => {
  const first = access();
  await token(first);
  const renewed = await Promise.all([first.renew(), first.renew()]);
  expect(renewed.map(({ token: secret }) => secret.reveal())).toEqual(['token-2', 'token-2']);
  expect(await token(first)).toBe('token-2');
  expect(await token(access())).toBe('token-2');
  await first.renew();
  expect(issued).toBe(3);
});

test('without a cache, nothing is written', async () => {
  await token(access({ cache: undefined }));
  await access({ cache: undefined }).endpoint();
  expect(await readdir(directory)).toEqual([]);
});

test('without kept tokens, each run fetches its own, and the endpoint is still cached', async () => {
  expect([await token(access({ keepsTokens: false })), await token(access({ keepsTokens: false }))]).toEqual([
    'token-1',
    'token-2',
  ]);
  await access({ keepsTokens: false }).endpoint();
  await access({ keepsTokens: false }).endpoint();
  expect(api.callsOf(routes.endpoint)).toHaveLength(1);
  const files = await readdir(directory);
  expect(await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))).toEqual([
    expect.stringContaining(endpointUrl),
  ]);
});

test('a configured token is never cached and cannot be renewed', async () => {
  const configured = access({ configuredToken: new Secret('from-ci') });
  expect(await token(configured)).toBe('from-ci');
  expect(api.calls).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
  await expect(configured.renew()).rejects.toMatchObject({ exit: 'denied', code: 'token-denied' });
});

test('the endpoint is cached for a day and ends in a slash', async () => {
  expect(await access().endpoint()).toBe(endpointUrl);
  api.answers[routes.endpoint] = () => ({ body: { repositoryEndpoint: 'https://other.example/pypi/secure-pypi' } });
  expect(await access().endpoint()).toBe(endpointUrl);
  clock += 24 * hour;
  expect(await access().endpoint()).toBe('https://other.example/pypi/secure-pypi/');
  expect(Object.fromEntries(api.callsOf(routes.endpoint)[0]!.query)).toMatchObject({ format: 'pypi' });
});

test('a configured endpoint is validated and used without a request', async () => {
  const endpointOf = (configuredEndpoint: string) => access({ configuredEndpoint }).endpoint();
  expect(
    await endpointOf('https://vpce-1.d.codeartifact.eu-west-1.vpce.amazonaws.com/pypi/d/acme-1/secure-pypi'),
  ).toMatch(/\/$/);
  for (const invalid of ['', 'secure-pypi', 'ftp://x/', 'https://aws:token@x.example/pypi/a/']) {
    await expect(endpointOf(invalid)).rejects.toMatchObject({ exit: 'configuration' });
  }
  expect(api.calls).toEqual([]);
});

test('a failure is an AwspipError and is not cached', async () => {
  const working = api.answers[routes.token]!;
  api.answers[routes.token] = () => ({ status: 403, error: 'AccessDeniedException', body: { message: 'no right' } });
  const first = access();
  const error = (await first.token().catch((thrown: unknown) => thrown)) as AwspipError;
  expect(error).toMatchObject({ exit: 'denied', code: 'access-denied' });
  expect(error.message).toContain('no right');
  api.answers[routes.token] = working;
  expect(await token(first)).toBe('token-1');
});

test('an unknown repository exits with `configuration`, an unreachable API with `unavailable`', async () => {
  api.answers[routes.endpoint] = () => ({
    status: 404,
    error: 'ResourceNotFoundException',
    body: { message: 'Repository not found', resourceType: 'repository' },
  });
  await expect(access().endpoint()).rejects.toMatchObject({ exit: 'configuration', code: 'repository-unknown' });
  await api.close();
  await expect(access().endpoint()).rejects.toMatchObject({ exit: 'unavailable', code: 'aws-unreachable' });
});

test('the token appears only in its file', async () => {
  const first = access();
  const fetched = await first.token();
  expect(`${inspect(fetched)} ${JSON.stringify(fetched)} ${fetched.token}`).not.toContain('token-1');
  const files = await readdir(directory);
  expect(await readFile(join(directory, files[0]!), 'utf8')).toContain('token-1');
});
