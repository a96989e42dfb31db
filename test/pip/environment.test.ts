import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { isolatedArguments, offlineEnvironment, pipEnvironment, plainEnvironment } from '../../src/pip/environment.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';

const relay = {
  indexUrl: 'http://0123abcd.secure-pypi.invalid/simple/',
  host: '0123abcd.secure-pypi.invalid',
  proxyUrl: 'http://127.0.0.1:4567',
};
const expected = {
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
  test('reaches only the relay', () => {
    expect(pipEnvironment({}, relay)).toEqual(expected);
  });

  test('overrides every spelling of an option', () => {
    const base = {
      PIP_INDEX_URL: 'https://evil',
      PIP_Index_Url: 'https://evil',
      PIP___INDEX_URL: 'https://evil',
      Pip_Proxy: 'http://evil',
      PIP_PYPI_URL: 'https://evil',
      PIP_EXTRA_INDEX_URL: 'https://evil',
      PIP_NO_INDEX: '1',
    };
    expect(pipEnvironment(base, relay)).toEqual(expected);
  });

  test('keeps other variables of pip and the user', () => {
    const userVariables = {
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
    const { pip_index_url: _, ...rest } = userVariables;
    expect(pipEnvironment(userVariables, relay)).toMatchObject(rest);
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
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 's3cret',
};

test('only named AWS variables are kept, and never a token', () => {
  const base = { ...secrets, AWS_REGION: 'eu-west-1', AWS_PROFILE: 's3cret' };
  expect(plainEnvironment(base, ['AWS_REGION'])).toEqual({ AWS_REGION: 'eu-west-1' });
  expect(pipEnvironment(base, relay, { keepVariables: ['AWS_REGION'] })).toEqual({
    ...expected,
    AWS_REGION: 'eu-west-1',
  });
});

test('the environment for help reaches no network', () => {
  const base = { PIP_INDEX_URL: 'https://evil', PIP_PROXY: 'http://evil', PATH: '/bin' };
  const offline = offlineEnvironment(base);
  expect(offline).toMatchObject({ PATH: '/bin', PIP_PROXY: 'http://127.0.0.1:9', GIT_ALLOW_PROTOCOL: 'closed' });
  expect(JSON.stringify(offline)).not.toMatch(/evil|INDEX_URL":"http/);
  const indexShown = (indexUrl: string) => offlineEnvironment(base, {}, indexUrl).PIP_INDEX_URL;
  expect(indexShown('https://index.example/simple')).toBe('https://index.example/simple');
  for (const folder of ['/srv/simple', 'file:///srv/simple', 'simple'])
    expect(indexShown(folder)).toContain('.invalid');
});

test('pip retries once, unless the user sets another number', () => {
  expect(pipEnvironment({ PIP_Retries: '7' }, relay)).not.toHaveProperty('PIP_RETRIES');
  expect(pipEnvironment({ PIP_Retries: '7' }, relay)).toMatchObject({ PIP_Retries: '7' });
});

test('the installation report is requested by a variable', () => {
  expect(pipEnvironment({ PIP_REPORT: 'x' }, relay, { reportFile: '/tmp/r' })).toEqual({
    ...expected,
    PIP_REPORT: '/tmp/r',
  });
});

test('neither environment contains a secret', () => {
  expect(JSON.stringify(pipEnvironment(secrets, relay))).not.toContain('s3cret');
  expect(plainEnvironment({ ...secrets, PATH: '/bin', EMPTY: undefined })).toEqual({ PATH: '/bin' });
});

describe('isolation', () => {
  const isolated = (base: Record<string, string>) => pipEnvironment(base, relay, { isolated: true });

  test("removes the user's variables for pip and keeps all others", () => {
    expect(isolated({ PIP_TARGET: '/x', PIP_Cert: '/y', PATH: '/bin' })).toEqual({
      ...expected,
      PATH: '/bin',
      PIP_CONFIG_FILE: '/dev/./null',
      PIP_ISOLATED: '1',
    });
  });

  test('keeps PIP_CONFIG_FILE, as pip does', () => {
    expect(isolated({ PIP_CONFIG_FILE: '/pip.conf' }).PIP_CONFIG_FILE).toBe('/pip.conf');
  });
});

describe('colour', () => {
  const both = { stdout: true, stderr: true };
  const forcedColour = (base: Record<string, string>, terminals?: typeof both) =>
    pipEnvironment(base, relay, terminals).FORCE_COLOR;

  test('is enabled when awspip writes to a terminal', () => expect(forcedColour({}, both)).toBe('1'));

  test('is not enabled without a terminal or with redirected stdout', () => {
    expect(forcedColour({})).toBeUndefined();
    expect(forcedColour({}, { stdout: true, stderr: false })).toBeUndefined();
    expect(forcedColour({}, { stdout: false, stderr: true })).toBeUndefined();
  });

  test("follows the user's variables", () => {
    expect(forcedColour({ NO_COLOR: '1' }, both)).toBeUndefined();
    expect(forcedColour({ FORCE_COLOR: '0' }, both)).toBe('0');
  });
});

describe('the command line behind the relay', () => {
  const argumentsFor = (text: string) => isolatedArguments(parsePipArguments(text.split(' '))).join(' ');

  test('is unchanged when pip reads its variables', () => {
    expect(argumentsFor('-q install --isol six')).toBe('-q install --isol six');
  });

  test('loses a literal --isolated, with which pip would ignore them', () => {
    expect(argumentsFor('-q install --isolated six')).toBe('-q install six');
    expect(argumentsFor('--isolated install --isolated six')).toBe('install six');
  });

  test.each(['install -- --isolated', 'install --log --isolated six', 'install -r --isolated'])(
    'is rejected where --isolated cannot be removed: `%s`',
    (text) =>
      expect(() => argumentsFor(text)).toThrow(expect.objectContaining({ code: 'isolated-value', exit: 'usage' })),
  );

  test.each([
    'install --proxy http://p six',
    'install --prox= six',
    '--proxy=http://p install six',
    'list -o --pro http://p',
  ])('is rejected with a proxy: `%s`', (text) => {
    expect(() => argumentsFor(text)).toThrow(AwspipError);
    expect(() => argumentsFor(text)).toThrow(expect.objectContaining({ code: 'proxy-option', exit: 'usage' }));
  });
});
