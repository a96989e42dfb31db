import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { closedEnvironment, isolatedArguments, pipEnvironment, plainEnvironment } from '../../src/pip/environment.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';

const relay = {
  indexUrl: 'http://0123abcd.secure-pypi.invalid/simple/',
  host: '0123abcd.secure-pypi.invalid',
  proxyUrl: 'http://127.0.0.1:4567',
};
const own = {
  PIP_INDEX_URL: relay.indexUrl,
  PIP_EXTRA_INDEX_URL: ' ',
  PIP_FIND_LINKS: ' ',
  PIP_NO_INDEX: '0',
  PIP_TRUSTED_HOST: relay.host,
  PIP_PROXY: relay.proxyUrl,
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  GIT_ALLOW_PROTOCOL: 'closed',
  PIP_RETRIES: '1',
};

describe('the environment behind the relay', () => {
  test('leads to the relay and nowhere else', () => {
    expect(pipEnvironment({}, relay)).toEqual(own);
  });

  test('wins over every spelling that pip would take for the same option', () => {
    const base = {
      PIP_INDEX_URL: 'https://evil',
      PIP_Index_Url: 'https://evil',
      PIP___INDEX_URL: 'https://evil',
      Pip_Proxy: 'http://evil',
      PIP_PYPI_URL: 'https://evil',
      PIP_EXTRA_INDEX_URL: 'https://evil',
      PIP_NO_INDEX: '1',
    };
    expect(pipEnvironment(base, relay)).toEqual(own);
  });

  test("keeps what is pip's and the user's own business", () => {
    const kept = {
      PATH: '/bin',
      PIP_CERT: '/ca.pem',
      PIP_CACHE_DIR: '/cache',
      PIP_TIMEOUT: '60',
      PIP_CONFIG_FILE: '/pip.conf',
      http_proxy: 'http://corporate:3128',
      HTTPS_PROXY: 'http://corporate:3128',
      no_proxy: '*',
      AWSPIP_DOMAIN: 'company',
      GIT_SSH_COMMAND: 'ssh',
      INDEX_URL: 'not pip',
      pip_index_url: 'https://ignored-by-pip',
    };
    const { pip_index_url: _, ...rest } = kept;
    expect(pipEnvironment(kept, relay)).toMatchObject(rest);
  });
});

const secrets = {
  CODEARTIFACT_AUTH_TOKEN: 's3cret',
  AWS_ACCESS_KEY_ID: 's3cret',
  AWS_SECRET_ACCESS_KEY: 's3cret',
  AWS_SESSION_TOKEN: 's3cret',
  AWS_SECURITY_TOKEN: 's3cret',
  AWS_WEB_IDENTITY_TOKEN_FILE: 's3cret',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 's3cret',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: 's3cret',
  AWS_CONTAINER_AUTHORIZATION_TOKEN: 's3cret',
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 's3cret',
  AWSPIP_SLACK_WEBHOOK: 's3cret',
  AWSPIP_GITHUB_TOKEN: 's3cret',
};

test('an AWS variable stays only when it is named, and no token stays at all', () => {
  const base = { ...secrets, AWS_REGION: 'eu-west-1', AWS_PROFILE: 's3cret' };
  expect(plainEnvironment(base, ['AWS_REGION'])).toEqual({ AWS_REGION: 'eu-west-1' });
  expect(pipEnvironment(base, relay, { keep: ['AWS_REGION'] })).toEqual({ ...own, AWS_REGION: 'eu-west-1' });
});

test('the environment for help reaches nothing', () => {
  const closed = closedEnvironment({ PIP_INDEX_URL: 'https://evil', PIP_PROXY: 'http://evil', PATH: '/bin' });
  expect(closed).toMatchObject({ PATH: '/bin', PIP_PROXY: 'http://127.0.0.1:9', GIT_ALLOW_PROTOCOL: 'closed' });
  expect(JSON.stringify(closed)).not.toContain('evil');
});

test('a host that is denied is not asked for five times, unless the user wants that', () => {
  expect(pipEnvironment({ PIP_Retries: '7' }, relay)).not.toHaveProperty('PIP_RETRIES');
  expect(pipEnvironment({ PIP_Retries: '7' }, relay)).toMatchObject({ PIP_Retries: '7' });
});

test('where pip is to report what it installed is said without a word on the command line', () => {
  expect(pipEnvironment({ PIP_REPORT: 'x' }, relay, { reportFile: '/tmp/r' })).toEqual({
    ...own,
    PIP_REPORT: '/tmp/r',
  });
});

test('no secret of ours is in either environment', () => {
  expect(JSON.stringify(pipEnvironment(secrets, relay))).not.toContain('s3cret');
  expect(plainEnvironment({ ...secrets, PATH: '/bin', EMPTY: undefined })).toEqual({ PATH: '/bin' });
});

describe('isolation', () => {
  const isolated = (base: Record<string, string>) => pipEnvironment(base, relay, { isolated: true });

  test("leaves none of the user's variables for pip, and all others", () => {
    expect(isolated({ PIP_TARGET: '/x', PIP_Cert: '/y', PATH: '/bin' })).toEqual({
      ...own,
      PATH: '/bin',
      PIP_CONFIG_FILE: '/dev/./null',
      PIP_ISOLATED: '1',
    });
  });

  test('leaves PIP_CONFIG_FILE, as pip does', () => {
    expect(isolated({ PIP_CONFIG_FILE: '/pip.conf' }).PIP_CONFIG_FILE).toBe('/pip.conf');
  });
});

describe('colour', () => {
  const both = { stdout: true, stderr: true };
  const forced = (base: Record<string, string>, terminals?: typeof both) =>
    pipEnvironment(base, relay, terminals).FORCE_COLOR;

  test('is asked for when a terminal stands behind the pipe', () => expect(forced({}, both)).toBe('1'));

  test('is not asked for without a terminal, nor when stdout goes elsewhere', () => {
    expect(forced({})).toBeUndefined();
    expect(forced({}, { stdout: true, stderr: false })).toBeUndefined();
    expect(forced({}, { stdout: false, stderr: true })).toBeUndefined();
  });

  test("is the user's choice where there is one", () => {
    expect(forced({ NO_COLOR: '1' }, both)).toBeUndefined();
    expect(forced({ FORCE_COLOR: '0' }, both)).toBe('0');
  });
});

describe('the command line behind the relay', () => {
  const line = (text: string) => isolatedArguments(parsePipArguments(text.split(' '))).join(' ');

  test('is unchanged when pip heeds its variables', () => {
    expect(line('-q install --isol six')).toBe('-q install --isol six');
  });

  test('loses a literal --isolated, under which pip would not', () => {
    expect(line('-q install --isolated six')).toBe('-q install six');
    expect(line('--isolated install --isolated six')).toBe('install six');
  });

  test.each(['install -- --isolated', 'install --log --isolated six', 'install -r --isolated'])(
    'is refused where --isolated cannot be taken out: `%s`',
    (text) => expect(() => line(text)).toThrow(expect.objectContaining({ code: 'isolated-value', exit: 'usage' })),
  );

  test.each([
    'install --proxy http://p six',
    'install --prox= six',
    '--proxy=http://p install six',
    'list -o --pro http://p',
  ])('is refused with a proxy: `%s`', (text) => {
    expect(() => line(text)).toThrow(AwspipError);
    expect(() => line(text)).toThrow(expect.objectContaining({ code: 'proxy-option', exit: 'usage' }));
  });
});
