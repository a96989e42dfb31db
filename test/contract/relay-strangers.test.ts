import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Relay } from '../../src/index/relay/types.ts';
import { wheel } from '../index/relay/distributions.ts';
import { ask, type Harness, openHarness } from '../index/relay/harness.ts';

let harness: Harness;
let relay: Relay;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [wheel('alpha', '1.0')]);
  relay = await harness.relay();
});
afterEach(async () => harness.close());

const guessed = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const strangers = {
  'who says nothing': '',
  'who guesses the name': guessed('awspip:'),
  'who guesses the password': guessed('awspip:0000'),
  'who sends the token of another relay': 'Bearer x',
};

describe.each(Object.entries(strangers))('another user of this machine %s', (_who, authorization) => {
  const headers = { 'proxy-authorization': authorization, accept: 'text/html', 'user-agent': 'pip/99 {}' };

  test('reads no page, opens no tunnel, and leaves no mark in what is taken for pip’s', async () => {
    const page = await ask(relay, `${relay.indexUrl}alpha/`, { headers });
    expect(page).toMatchObject({ status: 407, headers: { 'proxy-authenticate': 'Basic realm="awspip"' } });
    expect((await ask(relay, `${relay.indexUrl}absent/`, { headers })).status).toBe(407);
    expect((await ask(relay, 'http://evil.example/x', { headers })).status).toBe(407);
    expect((await ask(relay, 'evil.example:443', { method: 'CONNECT', headers })).status).toBe(407);
    expect(harness.repository.asked).toEqual([]);
    expect(relay.observed()).toMatchObject({ denied: [], trouble: [], files: [], userAgent: undefined });
    expect(relay.observed().pages.size).toBe(0);
  });
});

test('every relay has a password of its own, which is in nothing that it answers', async () => {
  const passwords = [relay, await harness.relay()].map(({ proxyUrl }) => new URL(proxyUrl).password);
  expect(new Set(passwords).size).toBe(2);
  expect(passwords[0]).toMatch(/^[\w-]{24}$/);
  const page = await ask(relay, `${relay.indexUrl}alpha/`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(JSON.stringify([page, relay.observed(), relay.indexUrl, relay.host])).not.toContain(passwords[0]);
});
