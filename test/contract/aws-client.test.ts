import { Readable } from 'node:stream';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { repositoryAccess } from '../../src/codeartifact/repository-access.ts';
import { caFile, startFakeAws, startForwardProxy } from '../helpers/aws/fake-aws.ts';
import { buildProbe, type Home, temporaryHome } from '../helpers/aws/temporary-home.ts';

let probe: string;
beforeAll(async () => {
  probe = await buildProbe();
});

let home: Home;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  home = await temporaryHome(probe);
  cleanups.push(home.remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function cloud(options = {}) {
  const started = await startFakeAws(options);
  cleanups.push(started.close);
  return started;
}

async function proxy(options = {}) {
  const started = await startForwardProxy(options);
  cleanups.push(started.close);
  return started;
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'x' };
const region = { AWS_REGION: 'eu-west-1' };
const profile = (name: string, key: string) =>
  `[profile ${name}]\nregion = eu-west-1\naws_access_key_id = ${key}\naws_secret_access_key = x\n`;

describe('the region', () => {
  test('comes from AWS_REGION, or else from AWS_DEFAULT_REGION', async () => {
    const { url: AWS_ENDPOINT_URL, requests: asked } = await cloud();
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_DEFAULT_REGION: 'eu-central-1' });
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_DEFAULT_REGION: 'eu-central-1', ...region });
    expect(asked.map((call) => call.region)).toEqual(['eu-central-1', 'eu-west-1']);
  });

  test('comes from the profile, and a missing region is an error', async () => {
    const { url: AWS_ENDPOINT_URL, requests: asked } = await cloud();
    await home.write('.aws/config', '[profile north]\nregion = eu-north-1\n');
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_PROFILE: 'north' });
    expect(asked.map((call) => call.region)).toEqual(['eu-north-1']);
    const { error } = await home.run({ ...keys, AWS_ENDPOINT_URL });
    expect(error).toMatchObject({ code: 'region-missing', exit: 'configuration' });
  });
});

describe('the network', () => {
  test('AWS_CA_BUNDLE and the profile’s ca_bundle are trusted', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud({ secure: true });
    const environment = { ...keys, ...region, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS: '1' };
    const { error } = await home.run(environment);
    expect(error).toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    expect(error?.message).toContain('self-signed certificate');
    expect(await home.run({ ...environment, AWS_CA_BUNDLE: caFile })).toMatchObject({ answer: 'token of AKIAENV' });
    await home.write('.aws/config', `[default]\nca_bundle = ${caFile}\n`);
    expect(await home.run(environment)).toMatchObject({ answer: 'token of AKIAENV' });
  });

  test('the error for a missing CA file names the file and the variable', async () => {
    const { error } = await home.run({ ...keys, ...region, AWS_CA_BUNDLE: '/nowhere/ca.pem' });
    expect(error).toMatchObject({ code: 'certificates-unreadable', exit: 'configuration' });
    expect(error?.message).toContain('/nowhere/ca.pem');
    expect(error?.hint).toContain('AWS_CA_BUNDLE');
  });

  test('HTTPS_PROXY opens a CONNECT tunnel, and NO_PROXY bypasses it', async () => {
    const { url: AWS_ENDPOINT_URL, host } = await cloud({ secure: true });
    const { url: HTTPS_PROXY, requests: asked } = await proxy();
    const environment = { ...keys, ...region, AWS_ENDPOINT_URL, AWS_CA_BUNDLE: caFile, HTTPS_PROXY };
    expect(await home.run(environment)).toMatchObject({ answer: 'token of AKIAENV' });
    expect(asked).toEqual([`CONNECT ${host}`]);
    expect(await home.run({ ...environment, NO_PROXY: 'example.com,127.0.0.1' })).toMatchObject({
      answer: 'token of AKIAENV',
    });
    expect(asked).toHaveLength(1);
  });

  test('http_proxy is used for a URL without TLS, and takes precedence over HTTP_PROXY', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    const { url: http_proxy, requests: asked } = await proxy();
    const environment = { ...keys, ...region, AWS_ENDPOINT_URL, HTTP_PROXY: 'http://127.0.0.1:9', http_proxy };
    expect(await home.run(environment)).toMatchObject({ answer: 'token of AKIAENV' });
    expect(asked).toEqual([`POST ${AWS_ENDPOINT_URL}/v1/authorization-token?domain=main`]);
  });

  test('a failed connection is tried three times, and the error names the host', async () => {
    const { url: HTTPS_PROXY, requests: asked } = await proxy({ leads: false });
    const { error } = await home.run({ ...keys, ...region, HTTPS_PROXY });
    expect(asked).toHaveLength(3);
    expect(error).toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    expect(error?.message).toContain('codeartifact.eu-west-1.amazonaws.com');
  });
});

describe('the endpoint', () => {
  const firstRequest = async (environment: Record<string, string>, ...flags: string[]) => {
    const { url: HTTPS_PROXY, requests: asked } = await proxy({ leads: false });
    await home.run({ ...keys, ...region, AWS_MAX_ATTEMPTS: '1', HTTPS_PROXY, ...environment }, ...flags);
    return asked[0];
  };

  test('dual-stack and FIPS follow the setting, the SDK’s variable and the profile', async () => {
    const dualstack = 'CONNECT codeartifact.eu-west-1.api.aws:443';
    expect(await firstRequest({}, 'dualstack=on')).toBe(dualstack);
    expect(await firstRequest({ AWS_USE_DUALSTACK_ENDPOINT: 'true' })).toBe(dualstack);
    await home.write('.aws/config', '[default]\nuse_dualstack_endpoint = true\n');
    expect(await firstRequest({})).toBe(dualstack);
    expect(await firstRequest({ AWSPIP_DUALSTACK: 'off' })).toBe('CONNECT codeartifact.eu-west-1.amazonaws.com:443');
    expect(await firstRequest({ AWSPIP_DUALSTACK: 'off', AWSPIP_FIPS: 'on' })).toContain('codeartifact-fips.eu-west-1');
  });

  test('GetRepositoryEndpoint requests a dual-stack host as well', async () => {
    const requests: unknown[] = [];
    const requestHandler = {
      handle: async ({ hostname, query }: { hostname: string; query?: Record<string, unknown> }) => {
        requests.push([hostname, query?.endpointType]);
        const body = Readable.from([JSON.stringify({ repositoryEndpoint: 'https://repository.example/pypi/x/' })]);
        return { response: { statusCode: 200, headers: {}, body } };
      },
    };
    for (const useDualstackEndpoint of [false, true]) {
      const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
      const client = new CodeartifactClient({ region: 'eu-west-1', credentials, useDualstackEndpoint, requestHandler });
      const options = { domain: 'main', repository: 'x', identity: [], cache: undefined, now: Date.now };
      await repositoryAccess({ ...options, client: async () => client }).endpoint();
    }
    expect(requests).toEqual([
      ['codeartifact.eu-west-1.amazonaws.com', undefined],
      ['codeartifact.eu-west-1.api.aws', 'dualstack'],
    ]);
  });

  test('the precedence is AWSPIP_CODEARTIFACT_URL, AWS_ENDPOINT_URL_CODEARTIFACT, AWS_ENDPOINT_URL', async () => {
    const [first, second, third] = [await cloud(), await cloud(), await cloud()];
    const urls = {
      AWSPIP_CODEARTIFACT_URL: first.url,
      AWS_ENDPOINT_URL_CODEARTIFACT: second.url,
      AWS_ENDPOINT_URL: third.url,
    };
    const environment: Record<string, string> = { ...keys, ...region, ...urls };
    for (const name of Object.keys(urls)) {
      await home.run(environment);
      delete environment[name];
    }
    expect([first, second, third].map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });
});

describe('credentials', () => {
  test('the precedence is an explicit profile, access keys, AWS_PROFILE, without a warning', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    await home.write('.aws/config', profile('work', 'AKIAWORK') + profile('other', 'AKIAOTHER'));
    const environment = { ...keys, AWS_ENDPOINT_URL, AWS_PROFILE: 'work' };
    expect(await home.run(environment)).toEqual({ answer: 'token of AKIAENV', stderr: '' });
    expect(await home.run({ ...environment, AWSPIP_PROFILE: 'other' })).toEqual({
      answer: 'token of AKIAOTHER',
      stderr: '',
    });
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'work' })).toEqual({
      answer: 'token of AKIAWORK',
      stderr: '',
    });
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'work', AWS_DEFAULT_PROFILE: 'other' })).toMatchObject({
      answer: 'token of AKIAOTHER',
    });
  });

  test('an unknown profile is an error, from a setting and from AWS_PROFILE', async () => {
    await home.write('.aws/config', profile('work', 'AKIAWORK'));
    for (const environment of [{ AWS_PROFILE: 'wrok' }, { AWSPIP_PROFILE: 'wrok' }, { ...keys, AWS_PROFILE: 'wrok' }]) {
      const { error } = await home.run({ ...environment, ...region });
      expect(error).toMatchObject({ code: 'profile-unknown', exit: 'denied' });
      expect(error?.message).toContain('`wrok`');
      expect(error?.hint).toContain('aws configure list-profiles');
    }
  });

  test('an incomplete key pair and missing credentials are different errors', async () => {
    const incomplete = await home.run({ ...region, AWS_ACCESS_KEY_ID: 'AKIAENV' });
    expect(incomplete.error).toMatchObject({ code: 'credentials-incomplete', exit: 'denied' });
    const missing = await home.run(region);
    expect(missing.error).toMatchObject({ code: 'credentials-missing', exit: 'denied' });
  });

  test('the hint for an expired SSO session is the command that renews it', async () => {
    const session = `[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n`;
    const account = `sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-west-1\n`;
    const legacy = `[profile old]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n${account}`;
    await home.write('.aws/config', `${session}[profile corp]\nsso_session = corp\n${account}${legacy}`);
    for (const name of ['corp', 'old']) {
      const { error } = await home.run({ AWS_PROFILE: name });
      expect(error, JSON.stringify(error)).toMatchObject({ code: 'sso-expired', exit: 'denied' });
      expect(error?.hint).toContain(`aws sso login --profile ${name}`);
    }
  });

  test('credential_process is supported', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    const output = JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROGRAM', SecretAccessKey: 'x' });
    await home.write('output.json', output);
    await home.write(
      '.aws/config',
      `[profile p]\nregion = eu-west-1\ncredential_process = cat ${home.folder}/output.json\n`,
    );
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'p' })).toMatchObject({ answer: 'token of AKIAPROGRAM' });
  });
});
