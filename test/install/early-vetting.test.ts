import { expect, test, vi } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import { type CertainFailure, certainRequest, earlyVetting } from '../../src/install/early-vetting.ts';
import { environmentFromUserAgent } from '../../src/pip/user-agent.ts';
import { requestId } from '../../src/vetting/request-id.ts';

const agentOf = (version: string) =>
  `pip/${version} ${JSON.stringify({
    cpu: 'x86_64',
    distro: { libc: { lib: 'glibc', version: '2.36' }, name: 'Debian GNU/Linux', version: '12' },
    implementation: { name: 'CPython', version: '3.11.7' },
    installer: { name: 'pip', version },
    python: '3.11.7',
    system: { name: 'Linux', release: '6.1' },
  })}`;
const userAgent = agentOf('24.0');
const name = (text: string) => text as ProjectName;

const options = { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false };
const request = {
  roots: ['demo>=2', 'old; python_version < "3"', 'zip @ https://x.test/zip.whl'],
  constraints: [],
  options,
};
const known: CertainFailure = { verb: 'install', request, isOnlySource: true, isCertain: () => true };

test('a missing root gives the request that the install makes when pip has failed', () => {
  const content = certainRequest(known, name('demo'), userAgent);
  const environment = environmentFromUserAgent(userAgent);
  if (content === undefined || environment === undefined) throw new Error('no request');
  const { roots, constraints } = request;
  expect(requestId(content)).toBe(requestId({ roots, constraints, options, environment }));
  const target = { version: '3.12' };
  expect(certainRequest({ ...known, request: { ...request, target } }, name('demo'), userAgent)).toMatchObject({
    environment: { target },
  });
});

test.each<[string, Partial<CertainFailure>, string?, string?]>([
  ['of a project that is no root', {}, 'dependency'],
  ['of a root whose marker does not hold', {}, 'old'],
  ['of a root with a URL of its own', {}, 'zip'],
  ['of a project that may be installed already', { isCertain: () => false }],
  ['when pip may find it elsewhere', { isOnlySource: false }],
  ['for a verb that vets nothing', { verb: 'index' }],
  [
    'for an upgrade, which keeps what is installed',
    { request: { ...request, options: { ...options, upgrade: true } } },
  ],
  ['when the newest releases are asked for first', { request: { ...request, newest: true } }],
  ['of pip itself, which looks for its own updates', { request: { ...request, roots: ['pip'] } }, 'pip'],
  ['by a client that is not pip', {}, 'demo', 'uv/0.9'],
  ['by a pip that is too old', {}, 'demo', agentOf('19.3')],
])('a missing page %s begins no vetting', (_, changes, missing = 'demo', agent = userAgent) => {
  expect(certainRequest({ ...known, ...changes }, name(missing), agent)).toBeUndefined();
});

test('one command begins one vetting, and none if the 404 is not confirmed', async () => {
  const begin = vi.fn(async () => {});
  const ports = { begin, isCertain: () => true, now: () => 5, confirm: async () => true };
  const command = { verb: 'install', options: [] };
  const listen = earlyVetting(command, { ...request, unvettedSources: [] }, ports);
  for (const missing of ['dependency', 'demo', 'demo']) listen(name(missing), userAgent);
  await vi.waitFor(() => expect(begin).toHaveBeenCalledOnce());
  expect(begin).toHaveBeenCalledWith(expect.objectContaining({ roots: request.roots }), 5);

  const unconfirmed = earlyVetting(
    command,
    { ...request, unvettedSources: [] },
    { ...ports, confirm: async () => false },
  );
  unconfirmed(name('demo'), userAgent);
  const elsewhere = { verb: 'install', options: [{ name: '--find-links', value: 'wheels' }] } as never;
  earlyVetting(elsewhere, { ...request, unvettedSources: [] }, ports)(name('demo'), userAgent);
  await new Promise(setImmediate);
  expect(begin).toHaveBeenCalledOnce();
});
