import { request } from 'node:http';
import { expect, test } from 'vitest';
import { vettedIndex } from '../../src/cli/setup/vetted-index.ts';
import { judgeWay, type VettedSources } from '../../src/doctor/bypass/judge-way.ts';
import { openRecordingProxy } from '../../src/doctor/bypass/recording-proxy.ts';
import { wayCheck } from '../../src/doctor/bypass/way-check.ts';
import { findWays } from '../../src/doctor/bypass/ways.ts';

const repository = { domain: 'company', owner: '123456789012', name: 'secure-pypi' };
const closedIndex = 'file:///home/u/.local/share/awspip/use-awspip-install';
const onAws: VettedSources = { repository, closedIndex };
const host = 'https://company-123456789012.d.codeartifact.eu-west-1.amazonaws.com';
const looking = (...urls: string[]) =>
  `Looking in indexes: ${urls.join(', ')}\nERROR: No matching distribution found for x`;

test.each<[string, string, readonly string[], VettedSources, string]>([
  ['the closed index', looking(closedIndex), [], onAws, 'closed'],
  ['the closed index, with a slash', looking(`${closedIndex}/`), [], onAws, 'closed'],
  [
    'the vetted repository',
    looking(`${host}/pypi/secure-pypi/simple/`.replace('//', '//aws@')),
    [host],
    onAws,
    'closed',
  ],
  ['another repository of the domain', looking(`${host}/pypi/pypi-store/simple/`), [host], onAws, 'open'],
  ['a repository of another account', looking(), [host.replace('123', '999')], onAws, 'open'],
  ['a domain whose name begins alike', looking(), [host.replace('company', 'company-2')], onAws, 'open'],
  ['a host that only looks like the repository', looking(), [`${host}.evil.example`], onAws, 'open'],
  ['the repository, with the local stack', looking(), [host], { closedIndex }, 'open'],
  ['PyPI, which pip does not name', 'ERROR: No matching distribution found for x', ['https://pypi.org'], onAws, 'open'],
  ['a folder of wheels', `${looking(closedIndex)}\nLooking in links: /opt/wheels`, [], onAws, 'open'],
  ['a further index', looking(closedIndex, 'https://u:p@other.example/simple/'), [], onAws, 'open'],
  ['a project that uv does not find', 'x was not found in the package registry', [], onAws, 'closed'],
  ['an error before any request', 'ERROR: Could not find an activated virtualenv', [], onAws, 'unclear'],
  ['no output', '', [], onAws, 'unclear'],
])('a program that looks in %s', (_, output, origins, vetted, kind) => {
  expect(judgeWay({ output, origins }, vetted).kind).toBe(kind);
});

const vpcHost = 'vpce-1.d.codeartifact.eu-west-1.vpce.amazonaws.com';

test.each<[string, string, VettedSources, string]>([
  ['the endpoint of the repository', `${host}/pypi/secure-pypi/`, onAws, 'closed'],
  [
    'a VPC endpoint',
    `https://${vpcHost}/pypi/d/company-123456789012/secure-pypi/`,
    { ...onAws, host: vpcHost },
    'closed',
  ],
  [
    'a VPC endpoint, without an account in the settings',
    `https://${vpcHost}/pypi/d/company-123456789012/secure-pypi/`,
    { ...onAws, host: vpcHost, repository: { domain: 'company', name: 'secure-pypi' } },
    'closed',
  ],
  [
    'another domain of a VPC endpoint',
    `https://${vpcHost}/pypi/d/company-2-123456789012/secure-pypi/`,
    { ...onAws, host: vpcHost },
    'open',
  ],
  [
    'another repository of a VPC endpoint',
    `https://${vpcHost}/pypi/d/company-123456789012/pypi-store/`,
    { ...onAws, host: vpcHost },
    'open',
  ],
])('the index that setup writes for %s is judged for what it is', (_, endpoint, vetted, kind) => {
  const index = vettedIndex(endpoint);
  expect(index).toMatch(/^https:\/\/aws@[^/]+\/pypi\/.+\/simple\/$/);
  expect(judgeWay({ output: looking(index), origins: [new URL(endpoint).origin] }, vetted).kind).toBe(kind);
});

test('a source is named once, without its password', () => {
  const output = looking('https://u:secret@other.example/simple/');
  const verdict = judgeWay({ output, origins: ['https://other.example', 'https://files.example'] }, onAws);
  expect(verdict).toMatchObject({ sources: ['https://other.example/simple/', 'https://files.example'] });
});

const [way] = findWays({ onPath: { pip: '/usr/bin/pip' }, environments: [] }, false);
const open = (origins: readonly string[], hasFolder = false) =>
  ({ kind: 'open', sources: ['s'], origins, hasFolder }) as const;

test.each([
  ['an open way is a warning', open(['a']), { all: false, reached: undefined }, 'warn'],
  ['and a failure if the ways are tried', open(['a']), { all: true, reached: ['a'] }, 'fail'],
  ['a way that the network closes is closed', open(['a', 'b']), { all: true, reached: [] }, 'pass'],
  ['unless one host is reached', open(['a', 'b']), { all: true, reached: ['b'] }, 'fail'],
  ['a folder is not closed by the network', open(['a'], true), { all: true, reached: [] }, 'fail'],
  ['nor is an index that was not asked', open([]), { all: true, reached: [] }, 'fail'],
  [
    'a program that does not run is no failure',
    { kind: 'unclear', output: 'a\nb' } as const,
    { all: true, reached: undefined },
    'skip',
  ],
])('%s', (_, verdict, options, state) => {
  expect(way && wayCheck(way, verdict, options).state).toBe(state);
});

test('the ways are those of the programs that are there; those past the configuration are tried only if asked', () => {
  const onPath = { pip: '/v/bin/pip', python: '/v/bin/python', uv: '/u/uv' };
  const names = (all: boolean) =>
    findWays({ onPath, environments: ['/v/bin/python', '/w/bin/python'] }, all).map(({ name }) => name);
  expect(names(false)).toEqual(['pip in a script', 'python -m pip', '/w/bin/python -m pip', 'uv']);
  expect(names(true).slice(4)).toEqual([
    'python -m pip --isolated',
    'python -m pip --index-url=https://pypi.org/simple/',
    'uv --no-config --default-index=https://pypi.org/simple/',
  ]);
  expect(findWays({ onPath: {}, environments: [] }, true)).toEqual([]);
});

test('the proxy records origins and passes nothing on', async () => {
  const proxy = await openRecordingProxy();
  const { hostname, port } = new URL(proxy.url);
  const send = (method: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ hostname, port, method, path, agent: false });
      sent.on('connect', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      sent.on('response', (response) => resolve(response.resume().statusCode));
      sent.on('error', reject).end();
    });
  try {
    expect(await send('CONNECT', 'PyPI.org:443')).toBe(403);
    expect(await send('GET', 'http://127.0.0.1:8080/simple/x/')).toBe(403);
    expect(proxy.takeOrigins()).toEqual(['https://pypi.org', 'http://127.0.0.1:8080']);
    expect(proxy.takeOrigins()).toEqual([]);
  } finally {
    await proxy.close();
  }
});
