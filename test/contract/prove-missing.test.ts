import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { proveMissing } from '../../src/codeartifact/prove-missing.ts';
import { openHttp } from '../../src/index/http.ts';
import { normaliseName } from '../../src/index/names.ts';
import { Secret } from '../../src/secret.ts';
import { startCodeArtifact } from '../helpers/codeartifact.ts';
import { wheel } from '../helpers/distributions.ts';

let cloud: Awaited<ReturnType<typeof startCodeArtifact>>;
beforeAll(async () => {
  cloud = await startCodeArtifact({ vetted: [wheel({ name: 'vetted', version: '1.0' })] });
});
afterEach(() => {
  Object.assign(cloud.faults, { staleTokens: new Set(), pageStatus: undefined, apiErrors: {} });
  cloud.requests.length = 0;
});
afterAll(() => cloud.close());

const prove = (name: string, endpoint = `${cloud.environment.AWS_ENDPOINT_URL}/pypi/secure-pypi/`) =>
  proveMissing({
    ...{ name: normaliseName(name), endpoint, domain: 'company', repository: 'secure-pypi', version: '1.0' },
    freshToken: async () => new Secret('fresh'),
    client: async () =>
      new CodeartifactClient({
        ...{ endpoint: cloud.environment.AWS_ENDPOINT_URL, region: 'eu-west-1', maxAttempts: 1 },
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      }),
    http: openHttp({ timeoutSeconds: 5, trustedHosts: [] }),
  });

test('a project that is found with a new token was hidden by an expired one', async () => {
  expect(await prove('vetted')).toBe('token-expired');
});

test('a project that is not found with a new token is missing, after two requests', async () => {
  expect(await prove('unvetted')).toBe('missing');
  expect(cloud.requests.toSorted()).toEqual(['GET /pypi/secure-pypi/simple/unvetted/', 'GET /v1/repository/endpoint']);
});

test('a missing repository is an error, not a missing project', async () => {
  cloud.faults.apiErrors.GetRepositoryEndpoint = 'ResourceNotFoundException';
  await expect(prove('unvetted')).rejects.toMatchObject({ code: 'repository-unknown', exit: 'configuration' });
});

test.each([
  [401, 'denied'],
  [403, 'denied'],
  [429, 'unavailable'],
  [500, 'unavailable'],
])('status %i with a new token is the error %s', async (status, exit) => {
  cloud.faults.pageStatus = status;
  await expect(prove('unvetted')).rejects.toMatchObject({ exit });
});

test('an unreachable repository is an error', async () => {
  await expect(prove('unvetted', 'http://127.0.0.1:9/pypi/x/')).rejects.toMatchObject({ exit: 'unavailable' });
});
