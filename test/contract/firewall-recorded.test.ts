import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { packageCheckApi } from '../../src/firewall/package-check-api.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { SourceSettings } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { parseSimplePage } from '../../src/index/simple-page.ts';
import { known } from '../firewall/facts.ts';
import { directHttp } from '../helpers/direct-http.ts';

const folder = path.join(import.meta.dirname, '../fixtures/firewall/sources');
const fixture = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

type Reply = { readonly status?: number; readonly headers?: Record<string, string>; readonly file: string } | undefined;

let reply: (method: string, url: string, body: string) => Reply;
let requests: { url: string; body: string }[];
let clock: number;
let waits: number[];
let origin: string;
let close: () => void;

beforeEach(async () => {
  [requests, waits, clock] = [[], [], Date.parse('2026-11-23T00:00:00Z')];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ url: request.url ?? '', body });
    const result = reply(request.method ?? '', request.url ?? '', body);
    if (result === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('gone');
    response
      .writeHead(result.status ?? 200, { 'content-type': 'application/json', ...result.headers })
      .end(fixture(result.file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.close();
    server.closeAllConnections();
  };
});
afterEach(() => close());

function sources(more: Partial<SourceSettings> = {}) {
  const addresses = { pypi: origin, pypistats: origin, github: origin, depsDev: `${origin}/deps`, osv: origin };
  const sleep = async (milliseconds: number) => {
    waits.push(milliseconds);
  };
  return openSources({
    http: directHttp,
    addresses,
    now: () => clock,
    userAgent: 'awspip/test',
    timeLimit: 2_000,
    sleep,
    ...more,
  });
}

const name = normaliseName('zzqx');

/** Replies with the recorded responses for `request2`. */
function request2(_method: string, url: string): Reply {
  const files: Record<string, string> = {
    '/pypi/request2/json': 'pypi-request2.json',
    '/api/packages/request2/recent': 'pypistats-request2.json',
    '/repos/raphamoral/request2': 'github-request2.json',
  };
  const file = files[url];
  return file === undefined ? undefined : { file };
}

describe('recorded responses', () => {
  test('of request2 yield the reference response', async () => {
    reply = (method, url) => (url === '/v1/query' ? { file: 'osv-none.json' } : request2(method, url));
    const firewall = openFirewall({
      policy: recommendedPolicy,
      sources: sources(),
      now: () => clock,
      inspect: async () => known([]),
    });
    const page = await parseSimplePage({
      body: fixture('pypi-simple-request2.json'),
      contentType: 'application/vnd.pypi.simple.v1+json',
      url: `${origin}/simple/request2/`,
      name: normaliseName('request2'),
    });
    const withPage = {
      ...firewall,
      assess: (subject: Parameters<typeof firewall.assess>[0]) =>
        firewall.assess({ ...subject, page, pageComplete: true }),
    };
    const response = await packageCheckApi(withPage)(new Request('http://x/package-check?package_name=request2'));
    expect(await response.text()).toBe(
      '{"message":"High risk package","package_name":"request2","platform":"pypi",' +
        '"reasons":{"Downloads < 300":"+20 points","GitHub stars < 30":"+10 points","Last modified > 2 years":"+10 points","Versions count < 5":"+10 points"},' +
        '"risk_level":"Red","score":50,"similar_packages":[],"status":"Warning","version":null}',
    );
  });

  test('of request2 yield the signals of the gates', async () => {
    reply = (method, url) => {
      if (url === '/v1/query') return { file: 'osv-none.json' };
      return url.startsWith('/integrity/')
        ? { status: 404, file: 'pypi-integrity-absent.json' }
        : request2(method, url);
    };
    const firewall = openFirewall({ policy: recommendedPolicy, sources: sources(), now: () => clock });
    const { signals } = await firewall.assess({ name: 'request2', version: '0.2', thorough: true });
    expect(signals).toMatchObject({
      firstReleasedAt: { value: '2021-10-01T03:48:52.488Z' },
      yanked: { value: false },
      distributions: { value: 'sdist' },
      repository: { value: { state: 'fits', declared: 'raphamoral/request2' } },
      repositoryArchived: { value: false, source: 'GitHub' },
      vulnerabilities: { value: [] },
      attested: { value: false },
      installCode: { known: false },
    });
    expect(requests.map(({ url }) => url)).toContain('/integrity/request2/0.2/request2-0.2.tar.gz/provenance');
  });

  test('of a vulnerable version yield each advisory once, with the fixed version', async () => {
    reply = () => ({ file: 'osv-jinja2.json' });
    const opened = sources();
    expect(await opened.vulnerabilities?.(normaliseName('jinja2'), '2.4.1')).toMatchObject({
      known: true,
      value: [
        { id: 'GHSA-462w-v97r-4m45', fixedIn: '2.10.1' },
        { id: 'PYSEC-2014-8', fixedIn: '2.7.2' },
      ],
    });
    expect(await opened.malware(normaliseName('jinja2'), '2.4.1')).toMatchObject({ value: [] });
    expect(requests).toHaveLength(1);
  });

  test('of a compromised project yield malware only for the affected version', async () => {
    reply = () => ({ file: 'osv-malware.json' });
    expect(await sources().malware(name, '1.82.8')).toMatchObject({ value: ['MAL-2026-4001'] });
    expect(await sources().malware(name, '1.82.9')).toMatchObject({ known: true, value: [] });
  });

  test('on attestations are true, false, or unknown for a mirror without attestations', async () => {
    const attested = () => sources().attested?.(name, '1.0', 'zzqx-1.0.tar.gz');
    reply = () => ({ file: 'pypi-integrity-present.json' });
    expect(await attested()).toMatchObject({ known: true, value: true });
    reply = () => ({ status: 404, file: 'pypi-integrity-absent.json' });
    expect(await attested()).toMatchObject({ known: true, value: false });
    reply = () => undefined;
    expect(await attested()).toMatchObject({ known: false });
    reply = () => ({ status: 403, file: 'pypi-integrity-absent.json' });
    expect(await attested()).toMatchObject({ known: false });
  });

  test('of GitHub at its rate limit yield stars from deps.dev and an unknown archived state', async () => {
    reply = (_method, url) =>
      url.startsWith('/deps/')
        ? { file: 'deps-dev-request2.json' }
        : { status: 403, headers: { 'x-ratelimit-remaining': '0' }, file: 'github-rate-limit.json' };
    const opened = sources();
    expect(await opened.stars('raphamoral/request2')).toMatchObject({ known: true, value: 0, source: 'deps.dev' });
    expect(await opened.archived?.('raphamoral/request2')).toMatchObject({ known: false, source: 'GitHub' });
  });
});

describe('concurrent queries for advisories', () => {
  const versions = ['1.0', '1.1', '1.2'];

  test('are one batch, and only versions with advisories are queried separately', async () => {
    reply = (_method, url) => ({ file: url === '/v1/querybatch' ? 'osv-batch.json' : 'osv-malware.json' });
    const opened = sources();
    const found = await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(found.map((one) => one.known && one.value)).toEqual([[], [], []]);
    expect(requests.map(({ url }) => url)).toEqual(['/v1/querybatch', '/v1/query']);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      queries: versions.map((version) => ({ version, package: { name: 'zzqx', ecosystem: 'PyPI' } })),
    });
    await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(requests).toHaveLength(2);
  });

  test('are sent separately if the results do not match the queries', async () => {
    reply = () => ({ file: 'osv-malware.json' });
    const opened = sources();
    const found = await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(found.every(({ known }) => known)).toBe(true);
    expect(requests.map(({ url }) => url)).toEqual(['/v1/querybatch', '/v1/query', '/v1/query', '/v1/query']);
  });

  test('are all unknown if the batch fails', async () => {
    reply = () => ({ status: 500, file: 'osv-batch.json' });
    const opened = sources();
    const found = await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(found.map(({ known }) => known)).toEqual([false, false, false]);
    expect(requests).toHaveLength(1);
  });
});

test('pypistats gets at most 5 requests per second and 30 per minute; others are unknown', async () => {
  reply = () => ({ file: 'pypistats-request2.json' });
  const opened = sources();
  const found = await Promise.all(
    Array.from({ length: 40 }, (_, index) => opened.downloads(normaliseName(`name${index}`))),
  );
  expect(found.filter(({ known }) => known)).toHaveLength(30);
  expect(found.at(-1)).toMatchObject({ known: false, why: expect.stringContaining('too many requests') });
  expect(requests).toHaveLength(30);
  // Five requests are sent without a wait, then five per second.
  expect(waits.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 25 }, (_, index) => 1_000 * (1 + Math.floor(index / 5))),
  );
  clock += 61_000;
  expect(await opened.downloads(normaliseName('later'))).toMatchObject({ known: true });
});
