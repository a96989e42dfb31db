import { describe, expect, test } from 'vitest';
import { BarChart, DayChart } from '../../src/cli/page/chart.tsx';
import { figuresOf } from '../../src/cli/page/figures.ts';
import { queueItem } from '../../src/review/queue.ts';
import type { Hold } from '../../src/vetting/hold.ts';
import type { Approval, RequestRecord } from '../../src/vetting/types.ts';
import { holdOf, iso, now } from './records.ts';

const request = (status: RequestRecord['status'], hours: number): RequestRecord =>
  ({ status, endedAt: iso(hours), updatedAt: iso(0) }) as RequestRecord;
const item = (change: Partial<Hold>, decidedAfter?: number) => {
  const hold = holdOf('demo', { since: iso(-100), ...change });
  const decision = {
    id: 'd',
    name: hold.name,
    specifier: '==1.0',
    kind: 'approve',
    reason: 'r',
    owner: 'lea',
  } as Approval;
  const decisions = decidedAfter === undefined ? [] : [{ ...decision, createdAt: iso(-100 + decidedAfter) }];
  return queueItem(hold, { record: undefined, decisions, now });
};

describe('the figures', () => {
  test('count the requests of each of the last 30 days by verdict, and ignore older and unfinished ones', () => {
    const requests = [
      ...[
        request('SECURE', 0),
        request('SECURE', -1),
        request('HELD', -2),
        request('BLOCKED', -24),
        request('ERROR', -24),
      ],
      ...[request('SECURE', -24 * 31), request('CHECK', 0)],
    ];
    const { days, shares } = figuresOf({ items: [], requests }, now);
    expect([days.length, days[0]?.day, days.at(-1)?.day]).toEqual([30, '2026-10-29', '2026-11-27']);
    expect(days.slice(-2).map(({ counts }) => counts)).toEqual([
      { SECURE: 0, HELD: 0, BLOCKED: 1, ERROR: 1 },
      { SECURE: 2, HELD: 1, BLOCKED: 0, ERROR: 0 },
    ]);
    expect(shares.map(({ label, text }) => [label, text])).toEqual([
      ['2026-11-26', '50 %'],
      ['2026-11-27', '33 %'],
    ]);
  });

  test('divide the releases by the time to their first decision, and give the median', () => {
    const items = [item({}, 0.5), item({}, 2), item({}, 30), item({}), item({}, -5)];
    const { decisionTimes, medianDecision } = figuresOf({ items, requests: [] }, now);
    expect(decisionTimes.map(({ value }) => value)).toEqual([1, 1, 0, 1, 0, 0]);
    expect(medianDecision).toBe(2 * 3_600_000);
  });

  test('rank reasons and unknown sources by the releases that have them, each once', () => {
    const a = { text: 'Downloads < 300', points: 20 };
    const items = [item({ reasons: [a, a], unknownSources: ['GitHub'] }), item({ reasons: [a, { text: 'Young' }] })];
    const { reasons, sources } = figuresOf({ items, requests: [] }, now);
    expect(reasons.map(({ label, value }) => [label, value])).toEqual([
      ['Downloads < 300', 2],
      ['Young', 1],
    ]);
    expect(sources).toEqual([{ label: 'GitHub', value: 1, text: '1' }]);
  });

  test('without any record have no bars and no median', () => {
    const { shares, decisionTimes, medianDecision, reasons, sources } = figuresOf({ items: [], requests: [] }, now);
    expect([shares, decisionTimes, medianDecision, reasons, sources]).toEqual([[], [], undefined, [], []]);
  });
});

describe('a chart', () => {
  test('has the same values as a picture and as a table', () => {
    const bars = [
      { label: 'GitHub', value: 4, text: '4' },
      { label: 'OSV', value: 1, text: '1' },
    ];
    const text = String(BarChart({ title: 'Sources', what: 'Releases', bars }));
    expect([...text.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width))).toEqual([400, 100]);
    expect(text).toContain('role="img" aria-label="Sources, as bars"');
    expect(text).toMatch(/<th scope="row"><bdi>GitHub<\/bdi><\/th><td>4<\/td>/);
  });

  test('of no values says so and has no picture', () => {
    const text = String(BarChart({ title: 'Sources', what: 'Releases', bars: [] }));
    expect([text.includes('No data yet'), text.includes('<svg')]).toEqual([true, false]);
  });

  test('tells verdicts apart by patterns, and its columns fit the picture', () => {
    const counts = { SECURE: 1, HELD: 2, BLOCKED: 0, ERROR: 1 };
    const text = String(DayChart({ title: 'Days', days: [{ day: '2026-11-27', counts }] }));
    const columns = [...text.matchAll(/<rect class="(\w+)" x="0" y="([\d.]+)" width="478" height="([\d.]+)"/g)];
    expect(columns.map(([, verdict, top, height]) => [verdict, Number(top), Number(height)])).toEqual([
      ['SECURE', 105, 35],
      ['HELD', 35, 70],
      ['ERROR', 0, 35],
    ]);
    expect(text).toContain('fill="url(#pattern-HELD)"');
  });

  test('escapes and shortens what somebody else wrote', () => {
    const label = `<script>\u202e${'x'.repeat(5_000)}`;
    const text = String(BarChart({ title: 'Reasons', what: 'Releases', bars: [{ label, value: 1, text: '1' }] }));
    expect(text).not.toMatch(/<script|\u202e|x{300}/);
  });
});
