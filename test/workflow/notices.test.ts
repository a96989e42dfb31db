import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { normaliseName } from '../../src/index/names.ts';
import { Secret } from '../../src/secret.ts';
import type { NoticeWindow } from '../../src/vetting/notice-window.ts';
import type { Refusal, RequestRecord } from '../../src/vetting/types.ts';
import type { Notice, NoticeChannel } from '../../src/workflow/notices/notice.ts';
import { dueDigest, nextNotice, windowMilliseconds } from '../../src/workflow/notices/notice-window.ts';
import { openNotices } from '../../src/workflow/notices/open-notices.ts';
import { topicChannel } from '../../src/workflow/notices/topic.ts';
import { signatureHeader, webhookChannel } from '../../src/workflow/notices/webhook.ts';
import { recordOf } from '../vetting/examples.ts';

const start = Date.parse('2026-01-01T12:00:00Z');
const refusal: Refusal = {
  ...{ name: normaliseName('demo'), version: '1.0', kind: 'HELD', reasons: [{ text: 'Downloads < 300' }] },
  ...{ similarPackages: [], fatal: true },
};
const held = (change: Partial<RequestRecord> = {}) =>
  recordOf({ status: 'HELD', refusals: [refusal], reason: 'for the report', ...change });

describe('notices of ten minutes', () => {
  /** Sends as many notices as there are times, in minutes. */
  const steps = (minutes: readonly number[]) => {
    let window: NoticeWindow | undefined;
    return minutes.map((minute, at) => {
      const step = nextNotice(window, `line ${at}`, { after: 2, now: start + minute * 60_000 });
      window = step.window;
      return [step.send, step.digest?.lines];
    });
  };

  test('are sent one by one up to the limit, of which the last one says so; the others are collected', () => {
    expect(steps([0, 1, 2, 3])).toEqual([
      ['now', undefined],
      ['last', undefined],
      ['later', undefined],
      ['later', undefined],
    ]);
  });

  test('that were collected come with the first notice after it', () => {
    expect(steps([0, 1, 2, 3, 10]).at(-1)).toEqual(['now', ['line 2', 'line 3']]);
  });

  test('that were collected are due when the time is over, once; those without room are counted', () => {
    let window: NoticeWindow | undefined;
    for (let at = 0; at < 110; at += 1) window = nextNotice(window, `line ${at}`, { after: 2, now: start }).window;
    expect(dueDigest(window, start + windowMilliseconds - 1)).toBeUndefined();
    const due = dueDigest(window, start + windowMilliseconds);
    expect([due?.digest.lines.length, due?.digest.omitted]).toEqual([100, 8]);
    expect(dueDigest(due?.window, start + 2 * windowMilliseconds)).toBeUndefined();
  });
});

function system(failing: readonly string[] = [], notify = recommendedPolicy.notify) {
  const sent: string[] = [];
  const notices: Notice[] = [];
  const updates: unknown[] = [];
  let window: NoticeWindow | undefined;
  let now = start;
  const channel = (name: NoticeChannel['name']): NoticeChannel => ({
    name,
    send: async (notice) => {
      if (failing.includes(name)) throw new Error(`${name} is down`);
      sent.push(`${name} ${notice.kind}`);
      notices.push(notice);
    },
  });
  const opened = openNotices({
    policy: { notify: { ...notify, digestAfter: 1, page: 'https://review.example/' } },
    channels: [channel('slack'), channel('webhook')],
    store: {
      noticeWindow: async () => window,
      putNoticeWindow: async (next) => {
        window = next;
        return true;
      },
      updateRequest: async (_, __, change) => {
        updates.push(change);
        return true;
      },
    },
    now: () => now,
  });
  return {
    ...{ ...opened, sent, notices, updates },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('the channels', () => {
  test('all get a notice with the page, and later one digest of what came meanwhile', async () => {
    const { notify, flush, sent, notices, pass } = system();
    await notify(held());
    await notify(held({ requestedBy: 'tom@b' }));
    await flush();
    expect(sent).toEqual(['slack request', 'webhook request']);
    expect(notices[0]).toMatchObject({
      extras: { page: 'https://review.example/', collectedUntil: '2026-01-01T12:10:00.000Z' },
    });
    pass(windowMilliseconds);
    await flush();
    await flush();
    expect(sent.slice(2)).toEqual(['slack digest', 'webhook digest']);
    expect(notices.at(-1)).toMatchObject({
      title: '1 more requests were not allowed; `awspip holds` shows them all',
      lines: ['HELD: demo 1.0, requested by tom@b: for the report'],
    });
  });

  test('that accepted a notice do not get it again when another one failed', async () => {
    const { notify, sent, updates } = system(['webhook']);
    await expect(notify(held())).rejects.toThrow('webhook is down');
    expect([sent, updates]).toEqual([['slack request'], [{ noticed: ['slack'] }]]);
    const again = system();
    await again.notify(held({ noticed: ['slack'] }));
    expect(again.sent).toEqual(['webhook request']);
  });

  test("get only the statuses in the policy's `notify.on`", async () => {
    const { notify, sent } = system([], { on: ['BLOCKED'], digestAfter: 5 });
    for (const status of ['HELD', 'ERROR', 'BLOCKED'] as const) await notify(held({ status }));
    expect(sent).toEqual(['slack request', 'webhook request']);
  });
});

describe('a webhook', () => {
  const url = 'https://hooks.example/in';
  const sendTo = async (status: number, secret: string | undefined) => {
    const requests: { url: string; headers: Record<string, string>; body: string }[] = [];
    const channel = webhookChannel({
      url,
      secret: secret === undefined ? undefined : new Secret(secret),
      post: async (to, { headers, body }) => {
        requests.push({ url: to, headers, body });
        return { status };
      },
      now: () => start,
    });
    await channel.send({
      kind: 'request',
      record: held({ contact: '#python' }),
      extras: { page: 'https://r.example/' },
    });
    return requests;
  };

  test('gets JSON with the line to type, signed with the time', async () => {
    const [request] = await sendTo(204, 'hunter2');
    expect(request?.url).toBe(url);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      ...{ schemaVersion: 1, type: 'request', sentAt: '2026-01-01T12:00:00.000Z', page: 'https://r.example/' },
      request: { status: 'HELD', requestedBy: 'dev@example.org', reason: 'for the report' },
      refusals: [{ name: 'demo', version: '1.0', approve: `awspip approve 'demo==1.0' --reason "…"` }],
      contact: '#python',
    });
    const seconds = start / 1000;
    const hex = createHmac('sha256', 'hunter2').update(`${seconds}.${request?.body}`).digest('hex');
    expect(request?.headers[signatureHeader]).toBe(`t=${seconds},v1=${hex}`);
  });

  test('that fails or has no secret is an error without the secret', async () => {
    for (const [status, secret] of [
      [500, 'hunter2'],
      [200, undefined],
    ] as const) {
      const error = await sendTo(status, secret).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'webhook-failed', exit: 'unavailable' });
      expect(String(error)).not.toContain('hunter2');
    }
  });

  test('has an https address in the policy, or one of this machine', () => {
    const load = (webhook: string) => loadPolicy(JSON.stringify({ name: 'x', notify: { webhook } })).notify;
    expect(load(url)).toEqual({ on: ['BLOCKED', 'HELD', 'ERROR'], digestAfter: 5, webhook: url });
    expect(load('http://127.0.0.1:8080/in').webhook).toBe('http://127.0.0.1:8080/in');
    for (const text of [
      'http://hooks.example/',
      'http://127.0.0.1.evil.example/',
      'ftp://x',
      'https://x|y',
      'https://',
    ])
      expect(() => load(text)).toThrow('must be an https address');
  });
});

test('a topic gets a subject that SNS accepts, and the notice as text', async () => {
  const messages: { Subject: string; Message: string }[] = [];
  const channel = topicChannel(async (message) => void messages.push(message));
  await channel.send({ kind: 'request', record: held({ roots: [`d\u00e9mo\n${'x'.repeat(300)}`] }), extras: {} });
  expect(messages[0]?.Subject).toMatch(/^awspip: HELD: d\?mo\?x[ -~]{1,80}$/);
  expect(messages[0]?.Message).toContain(`\n  awspip approve 'demo==1.0' --reason "…"\n`);
  const failing = topicChannel(() => Promise.reject(Object.assign(new Error('no'), { name: 'NotFound' })));
  await expect(failing.send({ kind: 'report', title: 't', lines: [] })).rejects.toMatchObject({
    code: 'topic-failed',
    exit: 'unavailable',
  });
});
