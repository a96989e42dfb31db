import { expect, test } from 'vitest';
import { installerEnvironment } from '../../src/installers/environment.ts';
import { identifyInstaller } from '../../src/installers/installer.ts';
import { isBehindRelay } from '../../src/installers/outer-relay.ts';

const relay = {
  indexUrl: 'http://0123abcd.secure-pypi.invalid/simple/',
  host: '0123abcd.secure-pypi.invalid',
  proxyUrl: 'http://awspip:word@127.0.0.1:4321',
  programProxyUrl: 'http://program:word@127.0.0.1:4321',
  indexHosts: ['pypi.corp.example'],
};
const base = {
  PATH: '/bin',
  https_proxy: 'http://corp.example:3128',
  NO_PROXY: '*,corp.example,.pypi.org,other.example',
  UV_INDEX: 'https://elsewhere.example/simple',
  UV_INDEX_CORP_PASSWORD: 'secret',
  UV_EXTRA_INDEX_URL: 'https://elsewhere.example/simple',
  UV_CACHE_DIR: '/cache',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const environmentOf = (...argv: string[]) => installerEnvironment(base, relay, identifyInstaller(argv).installer);

test('a program that only installs packages has the relay as its proxy for every connection', () => {
  for (const name of ['uv', 'pipx', 'pip-compile', 'pipenv', 'poetry']) {
    const variables = environmentOf(name);
    for (const proxy of ['HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy']) {
      expect(variables[proxy]).toBe(relay.proxyUrl);
    }
    expect(Object.keys(variables).filter((key) => key.toUpperCase() === 'NO_PROXY')).toEqual([]);
    expect(variables).toMatchObject({ UV_DEFAULT_INDEX: relay.indexUrl, UV_CACHE_DIR: '/cache' });
    expect(JSON.stringify(variables)).not.toContain('elsewhere');
    expect(JSON.stringify(variables)).not.toContain('secret"');
  }
});

test('other programs have the proxy for programs, and connect to this machine directly', () => {
  const variables = environmentOf('tox');
  for (const proxy of ['HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy']) {
    expect(variables[proxy]).toBe(relay.programProxyUrl);
  }
  expect(variables).toMatchObject({
    no_proxy: 'other.example,localhost,127.0.0.1,::1',
    PIP_INDEX_URL: relay.indexUrl,
    PIP_PROXY: relay.proxyUrl,
  });
});

test('pipenv gets no index variable of pip, because it would write it into a Pipfile', () => {
  expect(environmentOf('pipenv').PIP_INDEX_URL).toBeUndefined();
  expect(environmentOf('pipenv').PIPENV_PYPI_MIRROR).toBe('http://0123abcd.secure-pypi.invalid/simple');
});

test('a process behind a relay is recognized by its variables, below any installer', () => {
  expect(['uv', 'tox', 'make', 'pipenv'].map((name) => isBehindRelay(environmentOf(name)))).not.toContain(false);
  expect(isBehindRelay(base)).toBe(false);
  expect(isBehindRelay({ PIP_INDEX_URL: relay.indexUrl, PIP_PROXY: 'http://elsewhere.example:1' })).toBe(false);
});

test('PDM has the relay as its index, without credentials of another one, and asks PyPI for nothing', () => {
  const variables = installerEnvironment(
    { ...base, PDM_PYPI_PASSWORD: 'secret' },
    relay,
    identifyInstaller(['pdm']).installer,
  );
  expect(variables).toMatchObject({
    PDM_PYPI_URL: relay.indexUrl,
    PDM_CHECK_UPDATE: 'false',
    PDM_PYPI_JSON_API: 'false',
  });
  expect(variables.PDM_PYPI_PASSWORD).toBeUndefined();
});
