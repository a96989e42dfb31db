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

const folder = path.join(import.meta.dirname, '../fixtures/firewall/sources');
const fixture = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

type Answer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly file: string }
  | undefined;

let answers: (method: string, url: string, body: string) => Answer;
let seen: { url: string; body: string }[];
let clock: number;
let slept: number[];
let origin: string;
let close: () => void;

beforeEach(async () => {
  [seen, slept, clock] = [[], [], Date.parse('2026-11-23T00:00:00Z')];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ url: request.url ?? '', body });
    const answer = answers(request.method ?? '', request.url ?? '', body);
    if (answer === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('gone');
    response
      .writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      .end(fixture(answer.file));
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
    slept.push(milliseconds);
  };
  return openSources({
    fetch,
    addresses,
    now: () => clock,
    userAgent: 'awspip/test',
    timeLimit: 2_000,
    sleep,
    ...more,
  });
}

const name = normaliseName('zzqx');

/** What the sources say of `request2`. */
function request2(_method: string, url: string): Answer {
  const files: Record<string, string> = {
    '/pypi/request2/json': 'pypi-request2.json',
    '/api/packages/request2/recent': 'pypistats-request2.json',
    '/repos/raphamoral/request2': 'github-request2.json',
  };
  const file = files[url];
  return file === undefined ? undefined : { file };
}

describe('the sources’ own answers', () => {
  test('of request2 come to the reference, with its sdist looked into and its page at hand', async () => {
    answers = (method, url) => (url === '/v1/query' ? { file: 'osv-batch.json' } : request2(method, url));
    const firewall = openFirewall({
      policy: recommendedPolicy,
      sources: sources(),
      now: () => clock,
      inspect: async () => known([]),
    });
    const page = parseSimplePage({
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

  test('tell the further facts of request2', async () => {
    answers = (method, url) => {
      if (url === '/v1/query') return { file: 'osv-batch.json' };
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
    expect(seen.map(({ url }) => url)).toContain('/integrity/request2/0.2/request2-0.2.tar.gz/provenance');
  });

  test('of a vulnerable version tell each advisory once, with the version that fixes it', async () => {
    answers = () => ({ file: 'osv-jinja2.json' });
    const opened = sources();
    expect(await opened.vulnerabilities?.(normaliseName('jinja2'), '2.4.1')).toMatchObject({
      known: true,
      value: [
        { id: 'GHSA-462w-v97r-4m45', fixedIn: '2.10.1' },
        { id: 'PYSEC-2014-8', fixedIn: '2.7.2' },
      ],
    });
    expect(await opened.malware(normaliseName('jinja2'), '2.4.1')).toMatchObject({ value: [] });
    expect(seen).toHaveLength(1);
  });

  test('of a good project with two bad versions name only those', async () => {
    answers = () => ({ file: 'osv-malware.json' });
    expect(await sources().malware(name, '1.82.8')).toMatchObject({ value: ['MAL-2026-4001'] });
    expect(await sources().malware(name, '1.82.9')).toMatchObject({ known: true, value: [] });
  });

  test('on attestations: there, not there, and a mirror that knows of none', async () => {
    const ask = () => sources().attested?.(name, '1.0', 'zzqx-1.0.tar.gz');
    answers = () => ({ file: 'pypi-integrity-present.json' });
    expect(await ask()).toMatchObject({ known: true, value: true });
    answers = () => ({ status: 404, file: 'pypi-integrity-absent.json' });
    expect(await ask()).toMatchObject({ known: true, value: false });
    answers = () => undefined;
    expect(await ask()).toMatchObject({ known: false });
    answers = () => ({ status: 403, file: 'pypi-integrity-absent.json' });
    expect(await ask()).toMatchObject({ known: false });
  });

  test('of GitHub at its limit leave stars to deps.dev and the archived state unknown', async () => {
    answers = (_method, url) =>
      url.startsWith('/deps/')
        ? { file: 'deps-dev-request2.json' }
        : { status: 403, headers: { 'x-ratelimit-remaining': '0' }, file: 'github-rate-limit.json' };
    const opened = sources();
    expect(await opened.stars('raphamoral/request2')).toMatchObject({ known: true, value: 0, source: 'deps.dev' });
    expect(await opened.archived?.('raphamoral/request2')).toMatchObject({ known: false, source: 'GitHub' });
  });
});

describe('advisories asked for together', () => {
  const versions = ['1.0', '1.1', '1.2'];

  test('go out as one, and only a version with any is asked for in full', async () => {
    answers = (_method, url) => ({ file: url === '/v1/querybatch' ? 'osv-batch.json' : 'osv-malware.json' });
    const opened = sources();
    const found = await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(found.map((one) => one.known && one.value)).toEqual([[], [], []]);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/querybatch', '/v1/query']);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      queries: versions.map((version) => ({ version, package: { name: 'zzqx', ecosystem: 'PyPI' } })),
    });
    await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(seen).toHaveLength(2);
  });

  test('are asked for one by one where the answer does not fit the questions', async () => {
    answers = (_method, url) => ({ file: url === '/v1/querybatch' ? 'osv-malware.json' : 'osv-malware.json' });
    const found = await Promise.all(versions.map((version) => sources().malware(name, version)));
    expect(found.every(({ known }) => known)).toBe(true);
    const opened = sources();
    seen = [];
    await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(seen.map(({ url }) => url)).toEqual(['/v1/querybatch', '/v1/query', '/v1/query', '/v1/query']);
  });

  test('are unknown, all of them, when the batch is refused', async () => {
    answers = () => ({ status: 500, file: 'osv-batch.json' });
    const opened = sources();
    const found = await Promise.all(versions.map((version) => opened.malware(name, version)));
    expect(found.map(({ known }) => known)).toEqual([false, false, false]);
    expect(seen).toHaveLength(1);
  });
});

test('pypistats is asked five times a second and thirty times a minute, and what would wait too long is unknown', async () => {
  answers = () => ({ file: 'pypistats-request2.json' });
  const opened = sources();
  const found = await Promise.all(
    Array.from({ length: 40 }, (_, place) => opened.downloads(normaliseName(`name${place}`))),
  );
  expect(found.filter(({ known }) => known)).toHaveLength(30);
  expect(found.at(-1)).toMatchObject({ known: false, why: expect.stringContaining('too many wait') });
  expect(seen).toHaveLength(30);
  const waits = [...slept].sort((a, b) => a - b);
  // The first five at once, then five in each second.
  expect(waits).toEqual(Array.from({ length: 25 }, (_, place) => 1_000 * (1 + Math.floor(place / 5))));
  clock += 61_000;
  expect(await opened.downloads(normaliseName('later'))).toMatchObject({ known: true });
});
