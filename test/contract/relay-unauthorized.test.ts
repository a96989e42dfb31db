import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findUser } from '../../src/relay/peer-user.ts';
import type { Relay } from '../../src/relay/types.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestThroughRelay } from '../relay/harness.ts';

let harness: Harness;
let relay: Relay;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [wheel('alpha', '1.0')]);
  relay = await harness.relay();
});
afterEach(async () => harness.close());

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const unauthorizedClients = {
  'without credentials': '',
  'with only the user name': basic('awspip:'),
  'with a wrong password': basic('awspip:0000'),
  'with another scheme': 'Bearer x',
};

describe.each(Object.entries(unauthorizedClients))('another user of this machine %s', (_description, authorization) => {
  const headers = { 'proxy-authorization': authorization, accept: 'text/html', 'user-agent': 'pip/99 {}' };

  test('gets no page and no tunnel, and is not logged', async () => {
    const page = await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers });
    expect(page).toMatchObject({ status: 407, headers: { 'proxy-authenticate': 'Basic realm="awspip"' } });
    expect((await requestThroughRelay(relay, `${relay.indexUrl}absent/`, { headers })).status).toBe(407);
    expect((await requestThroughRelay(relay, 'http://evil.example/x', { headers })).status).toBe(407);
    expect((await requestThroughRelay(relay, 'evil.example:443', { method: 'CONNECT', headers })).status).toBe(407);
    expect(harness.repository.endpointRequests).toEqual([]);
    expect(relay.observed()).toMatchObject({ blockedHosts: [], failures: [], servedFiles: [], userAgent: undefined });
    expect(relay.observed().pages.size).toBe(0);
  });
});

const { uid = -1 } = userInfo();

describe('another user of this machine with the password', () => {
  const page = () => requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { accept: 'text/html' } });

  test.each([
    ['is rejected', uid + 1, 407],
    ['is authorized as root, who can read everything', 0, 200],
    ['is authorized as the current user', uid, 200],
    ['is authorized where the OS reports no owner', undefined, 200],
  ])('%s', async (_, user, status) => {
    relay = await harness.relay({ peerUser: async () => user });
    expect((await page()).status).toBe(status);
    const tunnel = await requestThroughRelay(relay, 'evil.example:443', { method: 'CONNECT' });
    expect(tunnel.status).toBe(status === 200 ? 403 : 407);
    expect(relay.observed().blockedHosts).toEqual(status === 200 ? ['evil.example:443'] : []);
  });

  test('is not suspected on a socket of the sandbox, where the OS knows no owner, and still needs the password', async () => {
    relay = await harness.relay({ peerUser: async () => uid + 1 });
    const inside = createServer();
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    relay.listenOn(inside);
    const { port } = inside.address() as AddressInfo;
    const proxyUrl = relay.proxyUrl.replace(/\d+$/, String(port));
    const ask = (url: string) => requestThroughRelay({ ...relay, proxyUrl: url }, `${relay.indexUrl}alpha/`);
    expect([(await ask(proxyUrl)).status, (await page()).status]).toEqual([200, 407]);
    expect((await ask(proxyUrl.replace(/:[^:@]+@/, ':wrong@'))).status).toBe(407);
    await relay.close();
    expect(inside.listening).toBe(false);
  });

  // https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
  test('is found in the kernel table, also over IPv6', () => {
    const row = (remote: string, local: string, user: number) =>
      `   1: ${remote}:B2FC ${local}:1F90 01 00000000:00000000 00:00000000 00000000 ${String(user).padStart(5)}        0 9 1`;
    const mapped = `${'0'.repeat(16)}FFFF00000100007F`;
    const table = ['  sl  local_address rem_address', row('0100007F', '0100007F', 1000), ''].join('\n');
    expect(findUser(table, { localPort: 0x1f90, remotePort: 0xb2fc })).toBe(1000);
    expect(findUser(table, { localPort: 0xb2fc, remotePort: 0x1f90 })).toBeUndefined();
    expect(findUser(row(mapped, mapped, 7), { localPort: 0x1f90, remotePort: 0xb2fc })).toBe(7);
    expect(findUser('', { localPort: 1, remotePort: 2 })).toBeUndefined();
  });

  test.skipIf(process.platform !== 'linux' || uid !== 0)('is rejected with the real kernel table', async () => {
    const script = `
const { hostname, port, username, password } = new URL(process.argv[1]);
const headers = { accept: 'text/html', 'proxy-authorization': 'Basic ' + btoa(username + ':' + password) };
require('node:http').get({ hostname, port, path: process.argv[2], headers }, ({ statusCode }) => {
  console.log(statusCode);
  process.exit();
});`;
    const asUser = (user: number) =>
      execa(process.execPath, ['-e', script, relay.proxyUrl, `${relay.indexUrl}alpha/`], { uid: user, cwd: '/' });
    expect((await asUser(65_534)).stdout).toBe('407');
    expect((await asUser(0)).stdout).toBe('200');
  });
});

test('every relay has its own password, which appears in none of its responses', async () => {
  const passwords = [relay, await harness.relay()].map(({ proxyUrl }) => new URL(proxyUrl).password);
  expect(new Set(passwords).size).toBe(2);
  expect(passwords[0]).toMatch(/^[\w-]{24}$/);
  const page = await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(JSON.stringify([page, relay.observed(), relay.indexUrl, relay.host])).not.toContain(passwords[0]);
});
