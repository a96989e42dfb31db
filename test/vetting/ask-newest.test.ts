import { expect, test } from 'vitest';
import { parseRequirement } from '../../src/index/requirement.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { askNewest } from '../../src/vetting/ask-newest.ts';
import { noteFreshness } from '../../src/vetting/freshness.ts';
import type { RequestContent, RequestRecord } from '../../src/vetting/types.ts';
import { requestContent } from './examples.ts';

const hour = 3_600_000;
const start = Date.parse('2026-06-01T00:00:00Z');

/** Asks with records in memory, and returns what was started. */
function bench(content: Partial<RequestContent> = {}) {
  const freshness = new Map<ProjectName, Readonly<Record<string, number>>>();
  const store = {
    readFreshness: async (name: ProjectName) => freshness.get(name) ?? {},
    putFreshness: async (name: ProjectName, times: Readonly<Record<string, number>>) => void freshness.set(name, times),
  };
  const request = { ...requestContent('a'), ...content };
  const started: { readonly name: string; readonly roots: readonly string[]; readonly upgrade: boolean }[] = [];
  let record: RequestRecord | undefined;
  let now = start;
  return {
    started,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    write: (written: Partial<RequestRecord>) => {
      record = { attempt: 1, status: 'SECURE', execution: 'x', ...written } as RequestRecord;
    },
    note: (kind: 'upgrade' | 'install', roots = request.roots) =>
      noteFreshness(store, roots, request.environment, now, kind),
    ask: (hours = 24) =>
      askNewest(request, hours, {
        store: { ...store, readRequest: async () => record },
        starter: {
          start: async (name, { roots, options }) => {
            started.push({ name, roots, upgrade: options.upgrade });
            return 'started';
          },
        },
        now: () => now,
      }),
  };
}

test('asks for the newest releases of all roots as an upgrade', async () => {
  const { ask, started } = bench({ roots: ['a', 'b>=1', 'c==1'] });
  expect(await ask()).toEqual(['a', 'b>=1']);
  expect(started).toMatchObject([{ roots: ['a', 'b>=1', 'c==1'], upgrade: true, name: expect.stringMatching(/-1$/) }]);
});

test.each([
  ['an exact version', ['a==1.0'], []],
  ['an exact version and a bound', ['a==1.0,>0', 'b>0,===1'], []],
  ['an exact version in a constraint', ['a'], ['a==1.0']],
  ['a direct reference', ['a @ https://a.example/a-1.tar.gz'], []],
])('asks for nothing if each root has %s', async (_, roots, constraints) => {
  const { ask, started } = bench({ roots, constraints });
  expect([await ask(), started]).toEqual([[], []]);
});

test.each(['a', 'a==1.*', 'a!=1.0', 'a~=1.0', 'a[x]<2'])('%s is not pinned', async (root) => {
  expect(parseRequirement(root)).toBeDefined();
  expect(await bench({ roots: [root] }).ask()).toEqual([root]);
});

test('asks again only after the hours, whichever kind of check there was', async () => {
  for (const kind of ['upgrade', 'install'] as const) {
    const { ask, note, wait } = bench({ roots: ['a'] });
    await note(kind);
    wait(23 * hour);
    expect(await ask()).toEqual([]);
    expect(await ask(12)).toEqual(['a']);
    expect(await ask(0)).toEqual(['a']);
    wait(hour);
    expect(await ask()).toEqual(['a']);
  }
});

test('joins a request that is under way, and starts none that has just ended', async () => {
  const { ask, started, write } = bench({ roots: ['a'] });
  write({ status: 'CHECK' });
  expect([await ask(), started]).toEqual([['a'], []]);
  write({ status: 'BLOCKED', endedAt: new Date(start - hour).toISOString() });
  expect([await ask(), started]).toEqual([[], []]);
  write({ status: 'ERROR', attempt: 3, endedAt: new Date(start - hour).toISOString() });
  expect(await ask()).toEqual(['a']);
  expect(started).toMatchObject([{ name: expect.stringMatching(/-4$/) }]);
});
