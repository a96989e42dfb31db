import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { SourceAddresses, SourceSettings } from '../../src/firewall/sources/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { Secret } from '../../src/secret.ts';
import { directHttp } from '../helpers/direct-http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let handler: Handler;
let requests: { url: string; headers: IncomingMessage['headers']; body: string }[];
let clock: number;
let origin: string;
let close: () => Promise<void>;

beforeEach(async () => {
  requests = [];
  clock = Date.parse('2026-11-23T00:00:00Z');
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ url: request.url ?? '', headers: request.headers, body });
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
});
afterEach(() => close());

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

function sources(more: Partial<SourceSettings> = {}, addresses: Partial<SourceAddresses> = {}) {
  const all = { pypi: origin, pypistats: origin, github: origin, depsDev: `${origin}/deps`, osv: origin, ...addresses };
  return openSources({
    http: directHttp,
    addresses: all,
    now: () => clock,
    userAgent: 'awspip/test',
    timeLimit: 500,
    ...more,
  });
}

const name = normaliseName('request2');

describe('PyPI', () => {
  const release = (time: string, digest: string) => ({ upload_time_iso_8601: time, digests: { sha256: digest } });
  const recorded = {
    info: { version: '0.2', project_urls: { Homepage: 'https://github.com/raphamoral/request2' } },
    releases: {
      '0.0': [],
      '0.1': [release('2021-10-01T03:48:52.488710Z', 'fe')],
      '0.2': [release('2021-10-03T20:30:41.515704Z', '73'), release('2021-10-04T20:30:41.515704Z', '74')],
    },
  };

  test('returns the releases with files, their times and digests, and the repository', async () => {
    handler = json(recorded);
    expect(await sources().project(name)).toMatchObject({
      known: true,
      source: 'PyPI',
      value: {
        newest: '0.2',
        repository: 'raphamoral/request2',
        releases: {
          '0.1': { sha256: ['fe'] },
          '0.2': { uploadedAt: '2021-10-04T20:30:41.515Z', sha256: ['73', '74'] },
        },
      },
    });
    expect(requests[0]).toMatchObject({ url: '/pypi/request2/json', headers: { 'user-agent': 'awspip/test' } });
  });

  test('returns null for a missing project, which is not unknown', async () => {
    handler = json({ message: 'Not Found' }, 404);
    expect(await sources().project(name)).toMatchObject({ known: true, value: null });
  });

  test.each([
    ['an unexpected object', json({ unexpected: true })],
    ['HTML with 200', ((_request, response) => void response.end('<html>sign in</html>')) satisfies Handler],
    ['a list', json([1, 2])],
    ['status 403', json({}, 403)],
    ['status 503', json({}, 503)],
    ['a closed connection', ((request) => void request.socket.destroy()) satisfies Handler],
    [
      'a partial body',
      ((request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"info":', () => request.socket.destroy());
      }) satisfies Handler,
    ],
  ])('is unknown after %s', async (_description, response) => {
    handler = response;
    expect(await sources().project(name)).toMatchObject({ known: false, source: 'PyPI' });
  });

  test('is unknown after a body beyond the size limit', async () => {
    handler = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(1_048_576)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const signal = await sources({ timeLimit: 20_000 }).project(name);
    expect(signal).toMatchObject({ known: false, why: expect.stringContaining('more than') });
  });
});

describe('every source', () => {
  test('is paused for a minute after a timeout', async () => {
    handler = () => {};
    const opened = sources({ timeLimit: 100 });
    expect(await opened.downloads(name)).toMatchObject({ known: false, why: 'did not answer within 0.1 s' });
    await opened.downloads(normaliseName('other'));
    expect(requests).toHaveLength(1);
    clock += 61_000;
    handler = json({ data: { last_month: 5 } });
    expect(await opened.downloads(name)).toMatchObject({ known: true, value: 5 });
  });

  test('is paused for a minute after a failed connection, without effect on other sources', async () => {
    handler = json({ data: { last_month: 5 } });
    const opened = sources({}, { github: 'http://127.0.0.1:1', depsDev: 'http://127.0.0.1:1' });
    const started = performance.now();
    for (let index = 0; index < 50; index += 1) {
      expect(await opened.stars(`owner/name${index}`)).toMatchObject({ known: false });
    }
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await opened.downloads(name)).toMatchObject({ known: true });
  });

  test('gets one request from concurrent callers, and the answer is cached', async () => {
    handler = (_request, response) => void setTimeout(() => response.end('{"data":{"last_month":5}}'), 50);
    const opened = sources();
    await Promise.all(Array.from({ length: 20 }, () => opened.downloads(name)));
    await opened.downloads(name);
    expect(requests).toHaveLength(1);
    clock += 25 * 3_600_000;
    await opened.downloads(name);
    expect(requests).toHaveLength(2);
  });

  test('stores known answers only, and works with a failing store', async () => {
    const stored = new Map<string, string>();
    const store = {
      get: async (key: string) => stored.get(key),
      put: async (key: string, value: string) => void stored.set(key, value),
    };
    handler = json({ data: { last_month: 5 } });
    await sources({ store }).downloads(name);
    expect(await sources({ store }).downloads(name)).toMatchObject({ known: true, value: 5 });
    expect(requests).toHaveLength(1);
    handler = json({}, 404);
    await sources({ store }).downloads(normaliseName('other'));
    expect([...stored.keys()]).toEqual(['pypistats/request2']);
    const failingStore = {
      get: () => Promise.reject(new Error('gone')),
      put: () => Promise.reject(new Error('gone')),
    };
    handler = json({ data: { last_month: 5 } });
    expect(await sources({ store: failingStore }).downloads(name)).toMatchObject({ known: true });
    stored.set('pypistats/request2', '{"fetchedAt":"x"}');
    expect(await sources({ store }).downloads(name)).toMatchObject({ known: true, value: 5 });
  });

  test('is paused until its rate limit ends', async () => {
    handler = json({}, 429, { 'retry-after': '120' });
    const opened = sources();
    expect(await opened.downloads(name)).toMatchObject({ known: false, why: expect.stringContaining('rate limit') });
    clock += 90_000;
    await opened.downloads(normaliseName('other'));
    expect(requests).toHaveLength(1);
    clock += 31_000;
    handler = json({ data: { last_month: 5 } });
    expect(await opened.downloads(name)).toMatchObject({ known: true });
  });

  test('is unknown and gets no request if it is disabled', async () => {
    handler = json({});
    expect(await sources({}, { osv: '' }).malware(name, '1.0')).toMatchObject({ known: false, why: 'is disabled' });
    expect(requests).toEqual([]);
  });
});

describe('pypistats', () => {
  test.each([
    [{ data: { last_day: 1, last_week: 7, last_month: 40 } }, 40],
    [{ data: { last_month: 0 } }, 0],
    [{ data: { last_month: -1 } }, undefined],
    [{ data: { last_month: '40' } }, undefined],
    [{}, undefined],
  ])('with the response %j returns %s', async (body, value) => {
    handler = json(body);
    const signal = await sources().downloads(name);
    expect(signal.known ? signal.value : undefined).toBe(value);
    expect(requests[0]?.url).toBe('/api/packages/request2/recent');
  });

  test('is unknown for an unknown project', async () => {
    handler = json({}, 404);
    expect(await sources().downloads(name)).toMatchObject({ known: false });
  });
});

describe('stars', () => {
  test('come from GitHub, with the token if it is set', async () => {
    handler = json({ stargazers_count: 7 });
    expect(await sources({ githubToken: new Secret('t0ken') }).stars('Owner/Name')).toMatchObject({
      value: 7,
      source: 'GitHub',
    });
    expect(requests[0]).toMatchObject({ url: '/repos/Owner/Name', headers: { authorization: 'Bearer t0ken' } });
  });

  test('come from deps.dev if GitHub’s rate limit is reached', async () => {
    handler = (request, response) => {
      if (!request.url?.startsWith('/deps/')) {
        return void response.writeHead(403, { 'x-ratelimit-remaining': '0' }).end('{}');
      }
      response.end('{"starsCount":12}');
    };
    expect(await sources().stars('Owner/Name')).toMatchObject({ known: true, value: 12, source: 'deps.dev' });
    expect(requests.at(-1)?.url).toBe('/deps/v3/projects/github.com%2Fowner%2Fname');
  });

  test('of a repository that does not exist are 0, not unknown', async () => {
    handler = json({ message: 'Not Found' }, 404);
    expect(await sources().stars('owner/gone')).toMatchObject({ known: true, value: 0 });
  });
});

describe('malware advisories', () => {
  const advisory = (affected: unknown, id = 'MAL-2026-7') => ({ vulns: [{ id, affected: [affected] }] });
  const request2 = { package: { name: 'Request2', ecosystem: 'PyPI' } };
  const range = (...events: unknown[]) => ({ ...request2, ranges: [{ type: 'ECOSYSTEM', events }] });

  test.each([
    ['no advisory', {}, []],
    ['this version', advisory({ ...request2, versions: ['1.0.0'] }), ['MAL-2026-7']],
    ['other versions only', advisory({ ...request2, versions: ['1.1', '0.9'] }), []],
    ['the whole project', advisory(range({ introduced: '0' })), ['MAL-2026-7']],
    ['versions before a fix', advisory(range({ introduced: '0' }, { fixed: '0.9' })), []],
    ['a fix after this version', advisory(range({ introduced: '0.5' }, { fixed: '1.1' })), ['MAL-2026-7']],
    ['a last affected version before this one', advisory(range({ introduced: '0' }, { last_affected: '0.9' })), []],
    [
      'this version as the last affected one',
      advisory(range({ introduced: '0' }, { last_affected: '1.0' })),
      ['MAL-2026-7'],
    ],
    ['another project', advisory({ package: { name: 'requests', ecosystem: 'PyPI' } }), []],
    ['another ecosystem', advisory({ package: { name: 'request2', ecosystem: 'npm' } }), []],
    ['a vulnerability', advisory({ ...request2, versions: ['1.0'] }, 'PYSEC-2020-1'), []],
    ['an alias', { vulns: [{ id: 'GHSA-x', aliases: ['MAL-2026-9'], affected: [request2] }] }, ['MAL-2026-9']],
    [
      'a withdrawn advisory',
      { vulns: [{ id: 'MAL-2026-7', withdrawn: '2026-01-01T00:00:00Z', affected: [request2] }] },
      [],
    ],
    ['no details', { vulns: [{ id: 'MAL-2026-7' }] }, ['MAL-2026-7']],
  ])('with %s', async (_description, body, ids) => {
    handler = json(body);
    expect(await sources().malware(name, '1.0')).toMatchObject({ known: true, value: ids });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      version: '1.0',
      package: { name: 'request2', ecosystem: 'PyPI' },
    });
  });

  const signed = (more: object) => ({
    vulns: [{ id: 'GHSA-aaaa', aliases: ['CVE-2026-1'], affected: [request2], ...more }],
  });
  const marks: [string, object][] = [
    ['CWE IDs as GHSA writes them', { database_specific: { cwe_ids: ['CWE-79', 'CWE-506'] } }],
    ['a kind of embedded malicious code', { database_specific: { cwe_ids: ['CWE-511'] } }],
    ['CWE IDs in another spelling', { database_specific: { cwe_ids: ['cwe-506: Embedded Malicious Code'] } }],
    ['CWEs as objects', { database_specific: { cwes: [{ cweId: 'CWE-506', name: 'Embedded Malicious Code' }] } }],
    ['CWE objects of another writer', { database_specific: { cwes: [null, 7, { id: 'CWE-506' }] } }],
    ['CWEs of the project', { affected: [{ ...request2, database_specific: { cwes: [{ cweId: 'CWE-506' }] } }] }],
    ['origins', { database_specific: { 'malicious-packages-origins': [{ source: 'ossf', sha256: 'aa' }] } }],
  ];
  test.each(marks)(
    'that no MAL ID names are recognised by %s, and are not listed as a vulnerability',
    async (_, more) => {
      handler = json(signed(more));
      const opened = sources();
      expect(await opened.malware(name, '1.0')).toMatchObject({ known: true, value: ['GHSA-aaaa'] });
      expect(await opened.vulnerabilities?.(name, '1.0')).toMatchObject({ known: true, value: [] });
    },
  );

  test.each([
    ['other CWE IDs', { database_specific: { cwe_ids: ['CWE-5060', 'CWE-50', 'CWE-79', 'XCWE-506'] } }],
    ['wrong shapes', { database_specific: { cwe_ids: { 0: 'CWE-506' }, cwes: [[['CWE-506']], {}, null, 1] } }],
    ['no details', { database_specific: null }],
    ['a list as details', { database_specific: ['CWE-506'] }],
    ['no origin', { database_specific: { 'malicious-packages-origins': null } }],
    ['a wrong origin', { database_specific: { 'malicious-packages-origins': [] } }],
    [
      'CWEs of another project',
      {
        affected: [
          request2,
          { package: { name: 'other', ecosystem: 'PyPI' }, database_specific: { cwe_ids: ['CWE-506'] } },
        ],
      },
    ],
  ])('are not seen in a vulnerability with %s', async (_, more) => {
    handler = json(signed(more));
    const opened = sources();
    expect(await opened.malware(name, '1.0')).toMatchObject({ known: true, value: [] });
    expect(await opened.vulnerabilities?.(name, '1.0')).toMatchObject({ value: [{ id: 'GHSA-aaaa' }] });
  });

  test('are named once, by the MAL ID if there is one, and no alias is listed as a vulnerability', async () => {
    const embedded = { database_specific: { cwe_ids: ['CWE-506'] } };
    handler = json({
      vulns: [
        { id: 'GHSA-aaaa', aliases: ['CVE-2026-1'], affected: [request2], ...embedded },
        { id: 'PYSEC-2026-1', aliases: ['CVE-2026-1'], affected: [request2] },
        { id: 'MAL-2026-7', aliases: ['GHSA-aaaa'], affected: [request2] },
        { id: 'GHSA-bbbb', affected: [request2], ...embedded },
        { id: 'GHSA-cccc', affected: [request2] },
      ],
    });
    const opened = sources();
    expect(await opened.malware(name, '1.0')).toMatchObject({ value: ['MAL-2026-7', 'GHSA-bbbb'] });
    expect(await opened.vulnerabilities?.(name, '1.0')).toMatchObject({ value: [{ id: 'GHSA-cccc' }] });
  });

  test('with an ID that cannot be shown still count', async () => {
    handler = json({
      vulns: [{ id: 'GHSA a\u001b', affected: [request2], database_specific: { cwe_ids: ['CWE-506'] } }],
    });
    expect(await sources().malware(name, '1.0')).toMatchObject({
      known: true,
      value: ['an advisory without a valid ID'],
    });
  });

  test.each(
    [
      null,
      '',
      'no',
      false,
      true,
      0,
      1,
      {},
      ['2026-01-01T00:00:00Z'],
      '0001-01-01T00:00:00Z',
      '2026-13-41T00:00:00Z',
    ].map((withdrawn) => [withdrawn]),
  )('are not withdrawn by %j, which is not a time', async (withdrawn) => {
    handler = json({ vulns: [{ id: 'MAL-2026-7', withdrawn, affected: [request2] }] });
    expect(await sources().malware(name, '1.0')).toMatchObject({ known: true, value: ['MAL-2026-7'] });
  });

  test.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00+00:00'])(
    'are withdrawn at %s',
    async (withdrawn) => {
      handler = json({ vulns: [{ id: 'MAL-2026-7', withdrawn, affected: [request2] }] });
      expect(await sources().malware(name, '1.0')).toMatchObject({ known: true, value: [] });
    },
  );

  test('in a batch are known only after their details were read', async () => {
    const embedded = { id: 'GHSA-aaaa', affected: [request2], database_specific: { cwe_ids: ['CWE-506'] } };
    let details: Handler = json({ vulns: [embedded] });
    handler = (request, response, body) => {
      if (request.url !== '/v1/querybatch') return details(request, response, body);
      const results = [{ vulns: [{ id: 'GHSA-aaaa', modified: '2026-01-01T00:00:00Z' }] }, {}];
      response.end(JSON.stringify({ results }));
    };
    const both = async () => {
      const { malware } = sources();
      return Promise.all(['1.0', '2.0'].map((version) => malware(name, version)));
    };
    expect(await both()).toMatchObject([{ value: ['GHSA-aaaa'] }, { value: [] }]);
    expect(requests.map(({ url }) => url)).toEqual(['/v1/querybatch', '/v1/query']);
    details = json({}, 500);
    expect(await both()).toMatchObject([{ known: false }, { known: true, value: [] }]);
  });

  test('are unknown if the first page has none and there is a second page', async () => {
    handler = json({ vulns: [{ id: 'GHSA-1', affected: [request2] }], next_page_token: 'more' });
    expect(await sources().malware(name, '1.0')).toMatchObject({ known: false });
  });
});
