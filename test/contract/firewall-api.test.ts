import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { packageCheckApi } from '../../src/firewall/package-check-api.ts';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { openSources } from '../../src/firewall/sources/sources.ts';
import { now } from '../firewall/facts.ts';
import { directHttp } from '../helpers/direct-http.ts';

/** The response of the original system for `request2`. */
const reference =
  '{"message":"High risk package","package_name":"request2","platform":"pypi",' +
  '"reasons":{"Downloads < 300":"+20 points","GitHub stars < 30":"+10 points","Last modified > 2 years":"+10 points","Versions count < 5":"+10 points"},' +
  '"risk_level":"Red","score":50,"similar_packages":[],"status":"Warning","version":null}';

const facts: Record<string, unknown> = {
  '/pypi/request2/json': {
    info: { version: '0.2', project_urls: null },
    releases: {
      '0.1': [{ upload_time_iso_8601: '2021-10-01T03:48:52.488710Z', digests: {} }],
      '0.2': [{ upload_time_iso_8601: '2021-10-03T20:30:41.515704Z', digests: {} }],
    },
  },
  '/api/packages/request2/recent': { data: { last_day: 0, last_week: 6, last_month: 31 }, type: 'recent_downloads' },
  '/v1/query': {},
};

test('docs/reference/http-api.md shows this response', () => {
  const page = readFileSync(new URL('../../docs/reference/http-api.md', import.meta.url), 'utf8');
  const [, shown = ''] = /```json\n([\s\S]+?)```/.exec(page) ?? [];
  expect(JSON.parse(shown)).toEqual({ ...JSON.parse(reference), version: '0.2' });
});

let origin = '';
const server = createServer((request, response) => {
  const document = facts[request.url ?? ''];
  response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(document ?? {}));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

function api(base = origin, policy = recommendedPolicy) {
  const addresses = { pypi: base, pypistats: base, github: base, depsDev: base, osv: base };
  const sources = openSources({ http: directHttp, addresses, now: () => now, userAgent: 'awspip/test' });
  const handle = packageCheckApi(openFirewall({ policy, sources, now: () => now }));
  return (path: string) => handle(new Request(`http://firewall.example${path}`));
}

describe('GET /package-check', () => {
  test.each([recommendedPolicy, referencePolicy])('returns the reference response under $name', async (policy) => {
    const response = await api(origin, policy)('/package-check?package_name=request2');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.text()).toBe(reference);
  });

  test('returns the version and the spelling of the request', async () => {
    const response = await api()('/package-check?package_name=Request2&version=0.1&platform=pypi');
    expect(await response.json()).toMatchObject({ package_name: 'Request2', version: '0.1', score: 50 });
  });

  test('with `explain`, returns the signals, the score interval and the possible changes', async () => {
    const response = await api()('/package-check?package_name=request2&explain=true');
    const { evidence } = (await response.json()) as { evidence: Record<string, unknown> & { signals: unknown[] } };
    expect(evidence).toMatchObject({
      outcome: 'BLOCKED',
      best_score: 50,
      worst_score: 50,
      judged_version: '0.2',
      policy_version: expect.stringMatching(/^recommended-/),
    });
    expect(evidence.signals).toContainEqual(
      expect.objectContaining({
        rule: 'downloads',
        value: 31,
        points: 20,
        source: 'pypistats',
        fetchedAt: expect.any(String),
      }),
    );
    expect(evidence.would_change_the_verdict).toContain('`Downloads < 300` is no longer true');
  });

  test('puts an unranked package on hold if no source can be reached', async () => {
    const response = await api('http://127.0.0.1:1')('/package-check?package_name=zzqx-core');
    const body = (await response.json()) as { reasons: Record<string, string> };
    expect(body).toMatchObject({
      risk_level: 'Red',
      score: 50,
      status: 'Held',
      message: 'Package on hold: its risk is unknown',
    });
    expect(Object.entries(body.reasons)).toContainEqual([
      'Downloads unknown: pypistats could not be reached',
      'up to +20 points',
    ]);
  });

  test('allows a ranked package with at most 30 points if no source can be reached', async () => {
    const response = await api('http://127.0.0.1:1')('/package-check?package_name=requests');
    expect(await response.json()).toMatchObject({ risk_level: 'Green', score: 30, status: 'OK', reasons: {} });
  });

  test.each([
    ['', 'missing'],
    ['?package_name=', 'missing'],
    ['?package_name=..%2F..%2Fetc', 'not a project name'],
    ['?package_name=re%00quests', 'not a project name'],
    ['?package_name=r%D0%B5quests', 'not a project name'],
    ['?package_name=%', 'not a project name'],
    [`?package_name=${'a'.repeat(1_000_000)}`, 'not a project name'],
    ['?package_name=a&version=newest', 'not a version'],
    ['?package_name=a&version=', 'not a version'],
    ['?package_name=a&platform=npm', 'must be `pypi`'],
    ['?package_name=a&explain=please', 'must be `true` or `false`'],
  ])('answers %.60s with 400 and the reason', async (query, reason) => {
    const response = await api()(`/package-check${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining(reason) });
  });

  test('answers a bug with 500, not with a verdict', async () => {
    const handle = packageCheckApi({ policyVersion: 'x', assess: () => Promise.reject(new Error('bug')) });
    const response = await handle(new Request('http://firewall.example/package-check?package_name=a'));
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: expect.stringContaining('failed to decide') });
  });
});

test('GET /healthz returns the policy version', async () => {
  const response = await api()('/healthz');
  expect(await response.json()).toEqual({ status: 'ok', policy_version: expect.stringMatching(/^recommended-/) });
});

test('other paths are 404 with the path to use', async () => {
  const response = await api()('/');
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: expect.stringContaining('/package-check?package_name=NAME') });
});
