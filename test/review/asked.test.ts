import { expect, test } from 'vitest';
import { newsText } from '../../src/cli/asked-news.ts';
import { normaliseName } from '../../src/index/names.ts';
import { type Asked, addAsked, parseAsked, readNews } from '../../src/review/asked.ts';
import type { Approval, Refusal } from '../../src/vetting/types.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-27T12:00:00Z');
const day = 86_400_000;
const iso = (days: number) => new Date(now + days * day).toISOString();
const asked = (name: string, version = '1.0', at = iso(-1)): Asked => ({
  ...{ deployment: 'aws team', name: normaliseName(name), version, at },
});
const refusal = (change: Partial<Refusal> = {}): Refusal => ({
  ...{ name: normaliseName('demo'), version: '1.0', kind: 'HELD', reasons: [], similarPackages: [], fatal: true },
  ...change,
});
const decision = (change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'd', name: normaliseName('demo'), specifier: '', kind: 'approve', reason: 'read it', owner: 'lea' },
  ...{ enteredBy: 'lea@b', createdAt: iso(-0.5) },
  ...change,
});

test('what stops a request is remembered once, for 30 days and up to 50 releases', () => {
  const known = [asked('demo'), asked('old', '1.0', iso(-31)), asked('other')];
  const stopping = [
    refusal(),
    refusal({ fatal: false, version: '2.0' }),
    refusal({ kind: 'NOT_FOUND', version: '3.0' }),
  ];
  const list = addAsked(known, 'aws team', stopping, now);
  expect(list.map(({ name, at }) => [name, at])).toEqual([
    ['demo', iso(0)],
    ['other', iso(-1)],
  ]);
  const many = Array.from({ length: 60 }, (_, at) => refusal({ version: `${at}` }));
  expect(addAsked(known, 'aws team', many, now)).toHaveLength(50);
});

test('a damaged list is empty', () => {
  expect([undefined, '', '{', 'null', '{}', '[1, {"name": "x"}]'].map(parseAsked)).toEqual([[], [], [], [], [], []]);
  expect(parseAsked(JSON.stringify([asked('demo')]))).toEqual([asked('demo')]);
});

test('news are decisions of others, made after the request, about what was asked for', async () => {
  const newsOf = async (...approvals: Approval[]) => {
    const found = await readNews([asked('demo')], { approvalsOf: async () => approvals }, { userName: 'kim@a', now });
    return found.map(({ decision: { kind } }) => kind);
  };
  expect(await newsOf(decision())).toEqual(['approve']);
  expect(await newsOf(decision({ kind: 'deny' }))).toEqual(['deny']);
  expect(await newsOf(decision({ createdAt: iso(-2) }))).toEqual([]);
  expect(await newsOf(decision({ enteredBy: 'kim@a' }))).toEqual([]);
  expect(await newsOf(decision({ specifier: '==2.0' }))).toEqual([]);
  expect(await newsOf(decision({ expiresAt: iso(-0.1) }))).toEqual([]);
});

test('one command reads the decisions of at most five projects', async () => {
  const names: string[] = [];
  const many = Array.from({ length: 9 }, (_, at) => asked(`p${at}`));
  const approvalsOf = async (name: string) => {
    names.push(name);
    return [];
  };
  await readNews(many, { approvalsOf }, { userName: 'kim@a', now });
  expect(names).toHaveLength(5);
});

test('the news are one line', () => {
  const news = { asked: asked('demo'), decision: decision({ expiresAt: iso(30) }) };
  expect(newsText(news, 2, now)).toBe(
    'demo 1.0, which you asked for, is approved by lea until Dec 27, 12:00 (in 30 days): read it (and 2 more: `awspip holds --mine`)',
  );
});
