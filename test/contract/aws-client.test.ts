import { Readable } from 'node:stream';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { repositoryAccess } from '../../src/codeartifact/access.ts';
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

async function cloud(given = {}) {
  const started = await startFakeAws(given);
  cleanups.push(started.close);
  return started;
}

async function proxy(given = {}) {
  const started = await startForwardProxy(given);
  cleanups.push(started.close);
  return started;
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'x' };
const region = { AWS_REGION: 'eu-west-1' };
const profile = (name: string, key: string) =>
  `[profile ${name}]\nregion = eu-west-1\naws_access_key_id = ${key}\naws_secret_access_key = x\n`;

describe('the region', () => {
  test('may come from AWS_DEFAULT_REGION, and AWS_REGION wins over it', async () => {
    const { url: AWS_ENDPOINT_URL, requests } = await cloud();
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_DEFAULT_REGION: 'eu-central-1' });
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_DEFAULT_REGION: 'eu-central-1', ...region });
    expect(requests.map((call) => call.region)).toEqual(['eu-central-1', 'eu-west-1']);
  });

  test('may come from the profile; where there is none, that is said', async () => {
    const { url: AWS_ENDPOINT_URL, requests } = await cloud();
    await home.write('.aws/config', '[profile north]\nregion = eu-north-1\n');
    await home.run({ ...keys, AWS_ENDPOINT_URL, AWS_PROFILE: 'north' });
    expect(requests.map((call) => call.region)).toEqual(['eu-north-1']);
    const { error } = await home.run({ ...keys, AWS_ENDPOINT_URL });
    expect(error).toMatchObject({ code: 'region-missing', exit: 'configuration' });
  });
});

describe('the network', () => {
  test('AWS_CA_BUNDLE, or the profile’s ca_bundle, vouches for what stands before AWS', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud({ secure: true });
    const given = { ...keys, ...region, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS: '1' };
    const { error } = await home.run(given);
    expect(error).toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    expect(error?.message).toContain('self-signed certificate');
    expect(await home.run({ ...given, AWS_CA_BUNDLE: caFile })).toMatchObject({ answer: 'token of AKIAENV' });
    await home.write('.aws/config', `[default]\nca_bundle = ${caFile}\n`);
    expect(await home.run(given)).toMatchObject({ answer: 'token of AKIAENV' });
  });

  test('a certificate file that is not there is named, with the variable', async () => {
    const { error } = await home.run({ ...keys, ...region, AWS_CA_BUNDLE: '/nowhere/ca.pem' });
    expect(error).toMatchObject({ code: 'certificates-unreadable', exit: 'configuration' });
    expect(error?.message).toContain('/nowhere/ca.pem');
    expect(error?.hint).toContain('AWS_CA_BUNDLE');
  });

  test('HTTPS_PROXY leads there through a tunnel, NO_PROXY past it', async () => {
    const { url: AWS_ENDPOINT_URL, host } = await cloud({ secure: true });
    const between = await proxy();
    const given = { ...keys, ...region, AWS_ENDPOINT_URL, AWS_CA_BUNDLE: caFile, HTTPS_PROXY: between.url };
    expect(await home.run(given)).toMatchObject({ answer: 'token of AKIAENV' });
    expect(between.requests).toEqual([`CONNECT ${host}`]);
    expect(await home.run({ ...given, NO_PROXY: 'example.com,127.0.0.1' })).toMatchObject({
      answer: 'token of AKIAENV',
    });
    expect(between.requests).toHaveLength(1);
  });

  test('http_proxy leads to an address without TLS, and small letters win', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    const between = await proxy();
    const given = { ...keys, ...region, AWS_ENDPOINT_URL, HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: between.url };
    expect(await home.run(given)).toMatchObject({ answer: 'token of AKIAENV' });
    expect(between.requests).toEqual([`POST ${AWS_ENDPOINT_URL}/v1/authorization-token?domain=main`]);
  });

  test('AWS that does not answer is tried three times, then named', async () => {
    const between = await proxy({ leads: false });
    const { error } = await home.run({ ...keys, ...region, HTTPS_PROXY: between.url });
    expect(between.requests).toHaveLength(3);
    expect(error).toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    expect(error?.message).toContain('codeartifact.eu-west-1.amazonaws.com');
  });
});

describe('where AWS is', () => {
  const hostAsked = async (environment: Record<string, string>, ...flags: string[]) => {
    const between = await proxy({ leads: false });
    await home.run({ ...keys, ...region, AWS_MAX_ATTEMPTS: '1', HTTPS_PROXY: between.url, ...environment }, ...flags);
    return between.requests[0];
  };

  test('dualstack and FIPS by setting, by the SDK’s own variable, and by the profile', async () => {
    const dual = 'CONNECT codeartifact.eu-west-1.api.aws:443';
    expect(await hostAsked({}, 'dualstack=on')).toBe(dual);
    expect(await hostAsked({ AWS_USE_DUALSTACK_ENDPOINT: 'true' })).toBe(dual);
    await home.write('.aws/config', '[default]\nuse_dualstack_endpoint = true\n');
    expect(await hostAsked({})).toBe(dual);
    expect(await hostAsked({ AWSPIP_DUALSTACK: 'off' })).toBe('CONNECT codeartifact.eu-west-1.amazonaws.com:443');
    expect(await hostAsked({ AWSPIP_DUALSTACK: 'off', AWSPIP_FIPS: 'on' })).toContain('codeartifact-fips.eu-west-1');
  });

  test('the repository’s own host is asked for as dualstack, too', async () => {
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
      const where = { domain: 'main', repository: 'x', identity: [], cache: undefined, now: Date.now };
      await repositoryAccess({ ...where, client: async () => client }).endpoint();
    }
    expect(requests).toEqual([
      ['codeartifact.eu-west-1.amazonaws.com', undefined],
      ['codeartifact.eu-west-1.api.aws', 'dualstack'],
    ]);
  });

  test('a VPC endpoint by setting wins over AWS_ENDPOINT_URL_CODEARTIFACT, that over AWS_ENDPOINT_URL', async () => {
    const [first, second, third] = [await cloud(), await cloud(), await cloud()];
    const all = {
      AWSPIP_CODEARTIFACT_URL: first.url,
      AWS_ENDPOINT_URL_CODEARTIFACT: second.url,
      AWS_ENDPOINT_URL: third.url,
    };
    const given: Record<string, string> = { ...keys, ...region, ...all };
    for (const name of Object.keys(all)) {
      await home.run(given);
      delete given[name];
    }
    expect([first, second, third].map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });
});

describe('credentials', () => {
  test('keys in the environment win over AWS_PROFILE, and lose to a profile asked for by name, without a word', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    await home.write('.aws/config', profile('work', 'AKIAWORK') + profile('other', 'AKIAOTHER'));
    const given = { ...keys, AWS_ENDPOINT_URL, AWS_PROFILE: 'work' };
    expect(await home.run(given)).toEqual({ answer: 'token of AKIAENV', stderr: '' });
    expect(await home.run({ ...given, AWSPIP_PROFILE: 'other' })).toEqual({ answer: 'token of AKIAOTHER', stderr: '' });
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'work' })).toEqual({
      answer: 'token of AKIAWORK',
      stderr: '',
    });
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'work', AWS_DEFAULT_PROFILE: 'other' })).toMatchObject({
      answer: 'token of AKIAOTHER',
    });
  });

  test('an unknown profile is named as such, whoever names it', async () => {
    await home.write('.aws/config', profile('work', 'AKIAWORK'));
    for (const environment of [{ AWS_PROFILE: 'wrok' }, { AWSPIP_PROFILE: 'wrok' }, { ...keys, AWS_PROFILE: 'wrok' }]) {
      const { error } = await home.run({ ...environment, ...region });
      expect(error).toMatchObject({ code: 'profile-unknown', exit: 'denied' });
      expect(error?.message).toContain('`wrok`');
      expect(error?.hint).toContain('aws configure list-profiles');
    }
  });

  test('half a pair of keys and none at all are told apart', async () => {
    const half = await home.run({ ...region, AWS_ACCESS_KEY_ID: 'AKIAENV' });
    expect(half.error).toMatchObject({ code: 'credentials-incomplete', exit: 'denied' });
    const none = await home.run(region);
    expect(none.error).toMatchObject({ code: 'credentials-missing', exit: 'denied' });
  });

  test('an SSO session that has expired says which command renews it', async () => {
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

  test('a program that gives credentials is asked', async () => {
    const { url: AWS_ENDPOINT_URL } = await cloud();
    const said = JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROGRAM', SecretAccessKey: 'x' });
    await home.write('said.json', said);
    await home.write(
      '.aws/config',
      `[profile p]\nregion = eu-west-1\ncredential_process = cat ${home.folder}/said.json\n`,
    );
    expect(await home.run({ AWS_ENDPOINT_URL, AWS_PROFILE: 'p' })).toMatchObject({ answer: 'token of AKIAPROGRAM' });
  });
});
