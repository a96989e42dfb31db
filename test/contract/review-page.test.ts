import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import type { VetOutcome } from '../../src/review/types.ts';
import { type PageServer, startPage } from '../cli-page/page-server.ts';
import { evidenceOf, holdOf, openTable, recordOf } from '../cli-page/records.ts';

let server: PageServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Sent = { readonly method?: string; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string };
type Answer = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string };

/** Sends a request with exactly these headers, also those that `fetch` forbids. */
function send(address: string, { method = 'GET', headers = {}, body = '' }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(address, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** Opens the one-time address, and returns what the browser does then. */
async function browse(started: PageServer) {
  const { origin, openPath, path, token } = started;
  const opened = await send(`${origin}${openPath}`);
  const cookie = (opened.headers['set-cookie']?.[0] ?? '').replace(/;.*/, '');
  const post = (action: string, fields: Record<string, string | readonly string[]>, headers = {}) =>
    send(`${origin}${path}${action}`, {
      method: 'POST',
      headers: {
        ...{ cookie, 'content-type': 'application/x-www-form-urlencoded', origin: 'null' },
        ...{ 'sec-fetch-site': 'same-origin', ...headers },
      },
      body: new URLSearchParams(
        Object.entries({ token, ...fields }).flatMap(([name, value]) =>
          [value].flat().map((one): [string, string] => [name, one]),
        ),
      ).toString(),
    });
  return { opened, cookie, post, get: (query = '') => send(`${origin}${path}${query}`, { headers: { cookie } }) };
}

const table = () =>
  openTable({
    holds: [holdOf('demo'), holdOf('other')],
    releases: [recordOf('demo'), recordOf('demo', { version: '0.9', status: 'SECURE' })],
    evidence: { 'demo 1.0': evidenceOf(), 'demo 0.9': evidenceOf({ downloads: { known: true, value: 900 } }) },
  });
const decision = { spec: 'demo==1.0', kind: 'approve', reason: 'we read it' };

describe('the address of the page', () => {
  test('works once, and gives a cookie that no script reads and no other site sends', async () => {
    server = await startPage(table());
    const { opened } = await browse(server);
    expect(opened.status).toBe(200);
    expect(opened.headers['set-cookie']?.[0]).toMatch(
      /^awspip-review=.+; Path=\/secret-2\/; HttpOnly; SameSite=Strict$/,
    );
    const again = await send(`${server.origin}${server.openPath}`);
    expect([again.status, again.headers['set-cookie']]).toEqual([403, undefined]);
    expect(again.text).toContain('this address was used already');
  });

  test('does not work for another user of the machine, and still works for its own', async () => {
    const user = { id: 1 + (process.geteuid?.() ?? 0) };
    server = await startPage(table(), { peerUser: async () => user.id });
    expect((await browse(server)).opened.status).toBe(403);
    user.id -= 1;
    expect((await browse(server)).opened.status).toBe(200);
  });

  test('is not used up by a request for its headers', async () => {
    server = await startPage(table());
    expect((await send(`${server.origin}${server.openPath}`, { method: 'HEAD' })).status).toBe(403);
    expect((await browse(server)).opened.status).toBe(200);
  });
});

describe('the page rejects', () => {
  test('another Host, as DNS rebinding sends it, before anything else', async () => {
    server = await startPage(table());
    const { cookie } = await browse(server);
    for (const host of ['evil.example', `localhost:${new URL(server.origin).port}`, '127.0.0.1']) {
      const answer = await send(`${server.origin}${server.path}`, { headers: { cookie, host } });
      expect([answer.status, answer.text.includes('demo')]).toEqual([421, false]);
    }
  });

  test('a browser without the cookie, for pages, files and forms', async () => {
    server = await startPage(table());
    const { post } = await browse(server);
    for (const file of ['', 'style.css', 'script.js', 'nothing']) {
      const answer = await send(`${server.origin}${server.path}${file}`, {
        headers: { cookie: 'awspip-review=wrong' },
      });
      expect([answer.status, answer.text.includes('demo')]).toEqual([403, false]);
    }
    expect((await post('decide', decision, { cookie: '' })).status).toBe(403);
  });

  test.each([
    ['another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['an origin that contradicts the site', { origin: 'https://evil.example' }],
    ['an old browser with another origin', { origin: 'https://evil.example', 'sec-fetch-site': undefined }],
    ['an old browser that hides its origin', { origin: 'null', 'sec-fetch-site': undefined }],
  ])('a form of %s', async (_, headers) => {
    const records = table();
    server = await startPage(records);
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const { cookie } = await browse(server);
    const answer = await send(`${server.origin}${server.path}decide`, {
      method: 'POST',
      headers: {
        ...{ cookie, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...sent },
        ...('sec-fetch-site' in headers && headers['sec-fetch-site'] === undefined ? { 'sec-fetch-site': [] } : {}),
      },
      body: new URLSearchParams({ token: server.token, ...decision }).toString(),
    });
    expect([answer.status, records.approvals]).toEqual([403, []]);
  });

  test('a form without the token, with a wrong one, or of another type', async () => {
    const records = table();
    server = await startPage(records);
    const { post } = await browse(server);
    const answers = [
      await post('decide', { ...decision, token: '' }),
      await post('decide', { ...decision, token: 'wrong' }),
      await post('decide', { ...decision }, { 'content-type': 'text/plain' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(records.approvals).toEqual([]);
  });

  test('a form that is too large', async () => {
    server = await startPage(table());
    const { post } = await browse(server);
    expect((await post('decide', { ...decision, reason: 'x'.repeat(1_200_000) })).status).toBe(413);
  });
});

test('every answer has the headers that keep other pages and scripts out', async () => {
  server = await startPage(table());
  const { opened, get } = await browse(server);
  for (const { headers } of [
    opened,
    await get(),
    await get('style.css'),
    await get('nothing'),
    await send(server.origin),
  ]) {
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' },
    });
  }
  const { text } = await get();
  expect(text).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=|https?:\/\//);
});

test('the card shows what is unknown before the facts, with source and age, the code and what changed', async () => {
  server = await startPage(table());
  const { text } = await (await browse(server)).get('?release=demo%3D%3D1.0');
  const at = (part: string) => text.indexOf(part);
  expect(at('GitHub: could not be reached')).toBeGreaterThan(0);
  expect(at('GitHub: could not be reached')).toBeLessThan(at('Downloads &lt; 300'));
  for (const part of ['demo/setup.py:7', 'urlopen(address)', 'Licence', '6 h ago', 'kim@a']) {
    expect(text).toContain(part);
  }
  expect(text).toContain('<bdi>Downloads</bdi>: <bdi>900</bdi> → <bdi>120</bdi>');
});

test('each tab shows what is in it, and a search narrows it by name', async () => {
  const held = [holdOf('demo'), holdOf('demo-two'), holdOf('other')];
  const age = { reasons: [{ text: 'Released less than 3 days ago' }], heldUntil: '2026-11-28T12:00:00Z' };
  const more = [holdOf('young', age), holdOf('bad', { kind: 'BLOCKED' })];
  const releases = [recordOf('fine', { status: 'SECURE' })];
  server = await startPage(openTable({ holds: [...held, ...more], releases }));
  const { get } = await browse(server);
  const namesIn = async (query: string) =>
    [...(await get(query)).text.matchAll(/class="subject"><bdi>([^<]*)/g)].map(([, name]) => name);
  expect(await namesIn('')).toEqual(['demo 1.0', 'demo-two 1.0', 'other 1.0']);
  expect(await namesIn('?tab=hold&q=Demo_Two')).toEqual(['demo-two 1.0']);
  expect(await namesIn('?tab=age')).toEqual(['young 1.0']);
  expect(await namesIn('?tab=blocked')).toEqual(['bad 1.0']);
  expect(await namesIn('?tab=vetted')).toEqual(['fine 1.0']);
  expect((await get('?tab=decisions')).text).toContain('Expires soon (0)');
  expect((await get('?tab=figures')).text).toContain('<svg');
  expect((await get('?tab=constructor')).text).toContain('demo 1.0');
});

describe('a decision', () => {
  test('about the release and the checked ones is made once each, with the default end, and is shown', async () => {
    const records = table();
    server = await startPage(records);
    const { post, get } = await browse(server);
    const sent = { ...decision, spec: ['demo==1.0', 'other==1.0', 'demo==1.0'], back: '?tab=hold' };
    const answer = await post('decide', sent);
    expect([answer.status, answer.headers.location]).toEqual([303, `${server.path}?tab=hold`]);
    expect(records.approvals.map(({ name, kind, reason, expiresAt }) => [name, kind, reason, expiresAt])).toEqual([
      ['demo', 'approve', 'we read it', '2027-02-25T12:00:00.000Z'],
      ['other', 'approve', 'we read it', '2027-02-25T12:00:00.000Z'],
    ]);
    expect(records.audit).toHaveLength(2);
    expect((await get('?tab=hold')).text).toContain('approved demo==1.0 by lea@b');
    expect((await get('?tab=hold')).text).not.toContain('approved demo==1.0 by lea@b, ');
  });

  test.each([
    ['without a reason', { reason: ' ' }, 'a decision needs a reason'],
    ['for longer than the policy allows', { days: '400' }, 'the policy limits approvals to 180 days'],
    ['about something that is no release', { spec: 'demo @ https://evil.example/x' }, 'decisions do not apply to URLs'],
    ['that says neither approve nor deny', { kind: '' }, 'choose to approve or to deny'],
  ])('%s is not made, and the page says why', async (_, change, why) => {
    const records = table();
    server = await startPage(records);
    const { post, get } = await browse(server);
    expect((await post('decide', { ...decision, ...change })).status).toBe(303);
    expect(records.approvals).toEqual([]);
    expect((await get()).text).toContain(why);
  });

  test('about what the approver asked for is not made if the policy forbids it', async () => {
    const [requester] = holdOf('demo').requesters;
    const records = openTable({ holds: [holdOf('demo', { requesters: [{ ...requester!, by: 'lea@elsewhere' }] })] });
    const notes = { indexes: [], approvals: { selfApproval: false } };
    server = await startPage(records, { notes });
    const { post, get } = await browse(server);
    await post('decide', decision);
    expect(records.approvals).toEqual([]);
    expect((await get()).text).toContain('the policy forbids to approve that');
  });

  test('returns to no other site', async () => {
    server = await startPage(table());
    const { post } = await browse(server);
    for (const back of ['//evil.example', 'https://evil.example', '?x\r\ny: z', '/\\evil.example']) {
      expect((await post('decide', { ...decision, back })).headers.location).toBe(server.path);
    }
  });

  test('that AWS denies turns the forms into requests, which add a reason to the queue', async () => {
    const writeError = new AwspipError('access-denied', 'not authorized to perform dynamodb:PutItem', {
      exit: 'denied',
    });
    const asked: unknown[] = [];
    server = await startPage(openTable({ holds: [holdOf('demo')], writeError }), {
      vet: async (...given) => {
        asked.push(given);
        return { answer: { kind: 'refused', record: {} } } as unknown as VetOutcome;
      },
      sleep: () => new Promise(() => {}),
    });
    const { post, get } = await browse(server);
    expect((await get()).text).toContain('action="decide"');
    await post('decide', decision);
    const { text } = await get();
    expect(text).toContain('dynamodb:PutItem');
    expect([text.includes('action="decide"'), text.includes('action="request"')]).toEqual([false, true]);
    await post('request', { spec: 'demo==1.0', reason: 'for the report' });
    expect(asked).toEqual([[['demo==1.0'], 'for the report']]);
    expect((await get()).text).toContain('demo==1.0 is in the queue with your reason');
  });
});

test('hostile texts are escaped, shortened and kept from changing the direction of others', async () => {
  const hostile = '</bdi><script>alert(1)</script>\u202e\u2066"><img src=x onerror=alert(1)>';
  const long = 'x'.repeat(10_000);
  const held = holdOf('demo', {
    reasons: [{ text: hostile }, { text: long }],
    detail: hostile,
    similarPackages: [hostile],
    requesters: [
      { by: hostile, at: '', lastAt: hostile, requestIds: [], roots: [hostile], neededBy: [], reason: hostile },
    ],
  });
  const code = [{ file: hostile, reach: 'network', line: 1, word: hostile }];
  const installCode = { known: true, value: code, source: hostile, fetchedAt: hostile };
  const odd = openTable({
    holds: [held, holdOf(long.slice(0, 5_000))],
    releases: [recordOf('demo', { cause: hostile })],
    evidence: { 'demo 1.0': evidenceOf({ installCode, [hostile]: installCode }) },
  });
  server = await startPage(odd);
  const { get } = await browse(server);
  const { status, text } = await get(`?q=${encodeURIComponent(hostile)}`);
  expect(status).toBe(200);
  const shown = await get('?release=demo%3D%3D1.0');
  expect(shown.status).toBe(200);
  for (const page of [text, shown.text]) {
    expect(page).not.toMatch(/<script>|<img|[\u202e\u2066]/);
    expect(page).not.toMatch(/>[^<]{1100}/);
  }
  expect(shown.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}\\u{2066}');
  expect(shown.text.split('<bdi>').length).toBe(shown.text.split('</bdi>').length);
});

describe('a policy that is tried', () => {
  async function tryPolicy(policy: string): Promise<{ readonly status: number; readonly text: string }> {
    const evidence = evidenceOf({
      stars: { known: true, value: 3, source: 'GitHub', fetchedAt: '2026-11-27T00:00:00Z' },
    });
    const releases = [recordOf('demo')];
    server = await startPage(openTable({ holds: [holdOf('demo')], releases, evidence: { 'demo 1.0': evidence } }));
    const { cookie } = await browse(server);
    const body = new FormData();
    body.set('token', server.token);
    body.set('policy', new File([policy], 'policy.yaml'));
    const headers = { cookie, 'sec-fetch-site': 'same-origin', origin: server.origin };
    const answer = await fetch(`${server.origin}${server.path}replay`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  }

  test('shows which verdicts would change', async () => {
    const { status, text } = await tryPolicy('name: strict\nblock: [{ name: demo, reason: "not here" }]\n');
    expect(status).toBe(200);
    expect(text).toContain('1 verdict would change');
    expect(text).toMatch(/<bdi>demo 1\.0<\/bdi>.*on hold → blocked.*not here/s);
  });

  test.each([
    ['has a mistake', 'name: strict\nblok: []\n', 'line 2, column 1: `blok` is not a key of a policy'],
    ['extends a file of another machine', 'name: strict\nextends: ./base.yaml\n', 'is not available here'],
    ['is empty', '', 'no policy file was chosen'],
  ])('is rejected with the reason if it %s', async (_, policy, why) => {
    const { status, text } = await tryPolicy(policy);
    expect(status).toBe(400);
    expect(text).toContain(why);
  });
});
