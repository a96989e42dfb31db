import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { Secret } from '../../src/secret.ts';
import type { Refusal } from '../../src/vetting/types.ts';
import type { Post } from '../../src/workflow/notices/post.ts';
import { slackChannel, slackMessage } from '../../src/workflow/slack.ts';
import { recordOf } from '../vetting/examples.ts';

const refusal: Refusal = {
  name: normaliseName('request2'),
  version: '1.0',
  kind: 'BLOCKED',
  riskLevel: 'Red',
  score: { min: 50, max: 50 },
  reasons: [{ text: 'Downloads < 300', points: 20 }, { text: '<!channel> & <http://evil|x>' }],
  similarPackages: ['requests'],
  fatal: true,
};
const record = recordOf({ status: 'BLOCKED', roots: ['request2'], refusals: [refusal] });

test('a notice names the roots, every reason with its points, and the requester', () => {
  const { text, blocks } = slackMessage(record);
  const all = JSON.stringify(blocks);
  expect(text).toBe('Blocked: request2');
  for (const part of [
    'request2 1.0* blocked',
    'Red, score 50',
    'Downloads &lt; 300 (+20)',
    'similar to requests',
    'requested by dev@example.org',
    "awspip approve 'request2==1.0' --reason",
  ]) {
    expect(all).toContain(part);
  }
});

test('text from upstream cannot mention the channel or become a link', () => {
  const bodies = slackMessage(record).blocks.map((block) => JSON.stringify(block));
  expect(bodies.join('')).not.toMatch(/<!|<http/);
  expect(bodies.join('')).toContain('&lt;!channel&gt; &amp;');
});

test("a notice stays within Slack's limits with any number of refusals", () => {
  const refusals = Array.from({ length: 20 }, () => ({ ...refusal, detail: 'x'.repeat(5000) }));
  const { blocks } = slackMessage(recordOf({ status: 'BLOCKED', refusals, roots: ['r'.repeat(400)] }));
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    const length = block.type === 'context' ? block.elements[0]!.text.length : block.text.text.length;
    expect(length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
  }
  expect(JSON.stringify(blocks)).toContain('and 10 more');
});

test("an error of Slack does not show the webhook's address", async () => {
  const webhook = new Secret('https://hooks.example/T0/B0/secret');
  const sent: string[] = [];
  const answering = (status: number): Post => {
    return async (url, { body }) => {
      sent.push(url, body);
      return { status };
    };
  };
  await slackChannel({ webhook, post: answering(200) }).send({ kind: 'request', record, extras: {} });
  expect(sent[0]).toBe('https://hooks.example/T0/B0/secret');
  expect(JSON.parse(sent[1]!)).toEqual(slackMessage(record));
  const failing: Post = async (url) => Promise.reject(new TypeError(`cannot reach ${url}`));
  for (const post of [answering(403), failing]) {
    const sending = slackChannel({ webhook, post }).send({ kind: 'request', record, extras: {} });
    const error = await sending.catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ exit: 'unavailable' });
    expect(String((error as Error).message)).not.toContain('secret');
  }
});

test('a report limits its lines and escapes their text', async () => {
  let sent = '';
  const post: Post = async (_, { body }) => {
    sent = body;
    return { status: 200 };
  };
  const lines = Array.from({ length: 500 }, (_, at) => `<https://evil.example|project-${at}> ${'x'.repeat(50)}`);
  await slackChannel({ webhook: new Secret('https://hooks.example/x'), post }).send({
    kind: 'report',
    title: 'Archived: <!channel>',
    lines,
  });
  const { text, blocks } = JSON.parse(sent) as {
    text: string;
    blocks: { type: string; text: { type: string; text: string } }[];
  };
  expect(text).toBe('Archived: &lt;!channel&gt;');
  for (const { text: shown } of blocks) expect(shown.text.length).toBeLessThanOrEqual(3000);
  expect(JSON.stringify(blocks.filter(({ text: { type } }) => type === 'mrkdwn'))).not.toMatch(/<https|<!/);
  expect(sent).toContain('and 480 more');
});

test('a notice has the reason of the request, the contact, and a link to the page', () => {
  const asked = { ...record, reason: 'for <!here> the report', contact: '#python' };
  const extras = { page: 'https://review.example/queue?a=1&b=2', collectedUntil: '2026-01-01T12:10:00.000Z' };
  const all = JSON.stringify(slackMessage(asked, extras).blocks);
  expect(all).toContain('needed for: for &lt;!here&gt; the report');
  expect(all).toContain('contact: #python');
  expect(all).toContain('<https://review.example/queue?a=1&amp;b=2|Decide about it>');
  expect(all).toContain('further notices are collected until 2026-01-01T12:10:00.000Z');
});

test('known malware has no line that would approve it', () => {
  const malware = { ...refusal, reasons: [{ text: 'Known malware: MAL-2026-1' }] };
  expect(JSON.stringify(slackMessage({ ...record, refusals: [malware] }))).not.toContain('awspip approve');
});
