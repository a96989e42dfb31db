import { expect, test } from 'vitest';
import { isInstallerAgent, isPackageHost, splitAuthority, withoutPackageHosts } from '../../src/relay/package-hosts.ts';
import { endToEndHeaders } from '../../src/relay/tunnel.ts';

const own = {
  indexes: ['pypi.corp.example', 'mirror.corp.example:8443'],
  deployment: ['ours-111122223333.d.codeartifact.eu-west-1.amazonaws.com'],
};

test.each([
  'pypi.org:443',
  'PyPI.org:443',
  'pypi.org.:443',
  'files.pythonhosted.org',
  'files.pythonhosted.org:8443',
  'test-files.pythonhosted.org:443',
  'download.pytorch.org:443',
  'www.piwheels.org:443',
  'europe-west1-python.pkg.dev:443',
  'other-111122223333.d.codeartifact.us-east-1.amazonaws.com:443',
  'other-111122223333.d.codeartifact.cn-north-1.amazonaws.com.cn:443',
  'pypi.corp.example:443',
  'pypi.corp.example:8080',
  'mirror.corp.example:8443',
])('%s serves packages', (authority) => {
  expect(isPackageHost(authority, own)).toBe(true);
});

test.each([
  'github.com:443',
  'notpypi.org:443',
  'pypi.org.evil.example:443',
  'upload.pypi.org:443',
  'mirror.corp.example:443',
  'ours-111122223333.d.codeartifact.eu-west-1.amazonaws.com:443',
  'codeartifact.eu-west-1.amazonaws.com:443',
  'europe-west1-docker.pkg.dev:443',
  '[2001:db8::1]:443',
])('%s does not', (authority) => {
  expect(isPackageHost(authority, own)).toBe(false);
});

test('the host of the deployment is reachable, also when it is the configured index', () => {
  const [host = ''] = own.deployment;
  expect(isPackageHost(`${host}:443`, { ...own, indexes: [host] })).toBe(false);
});

test('NO_PROXY keeps the entries that exempt no package host', () => {
  const entries = ['corp.example', '.org', 'pypi.org', 'localhost', '*.pythonhosted.org', '10.0.0.0/8', 'pypi.org:443'];
  expect(withoutPackageHosts(entries, [])).toEqual(['corp.example', 'localhost', '10.0.0.0/8']);
  expect(withoutPackageHosts(['corp.example', 'localhost'], ['pypi.corp.example'])).toEqual(['localhost']);
});

test.each([
  ['pip/24.0 {"python":"3.12.1"}', true],
  ['uv/0.13.0 {}', true],
  ['poetry/1.8.2 CPython/3.11.7 Linux/6.1', true],
  ['setuptools/65.5.0 Python-urllib/3.11', true],
  ['Python-urllib/2.7 distribute/0.6', true],
  ['curl/8.5.0', false],
  ['python-requests/2.31.0', false],
  ['gossip/1.0', false],
  [undefined, false],
])('the User-Agent %s is that of an installer: %s', (userAgent, expected) => {
  expect(isInstallerAgent(userAgent)).toBe(expected);
});

test('an authority is split into host and port', () => {
  expect(splitAuthority('example.org:8443')).toEqual({ host: 'example.org', port: 8443 });
  expect(splitAuthority('[2001:DB8::1]:443')).toEqual({ host: '2001:db8::1', port: 443 });
  expect(splitAuthority('(unreadable host)')).toMatchObject({ port: 443 });
  expect(splitAuthority('a:b:c').host).toBe('');
});

test('header fields of one connection are not passed on', () => {
  const raw = ['Host', 'a', 'Connection', 'close, X-Hop', 'X-Hop', '1', 'Proxy-Authorization', 'secret', 'X-Kept', '2'];
  expect(endToEndHeaders(raw)).toEqual([
    ['Host', 'a'],
    ['X-Kept', '2'],
  ]);
});
