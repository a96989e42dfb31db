import { expect, test } from 'vitest';
import { explainText } from '../../src/cli/review/explain-text.ts';
import { judge } from '../../src/firewall/judge.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, PageResult, ProjectPage } from '../../src/index/types.ts';
import { explain } from '../../src/review/explain.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { facts, judgedAt } from './facts.ts';

const plain = (text: string) => text;
const style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
const name = normaliseName('demo');
const now = Date.parse('2026-11-23T00:00:00Z');

const file = (version: string, yanked = false): IndexFile => ({
  filename: `demo-${version}-py3-none-any.whl`,
  url: `https://example.org/demo-${version}-py3-none-any.whl`,
  hashes: {},
  yanked,
});
const page = (...files: IndexFile[]): PageResult => ({
  kind: 'found',
  page: { name, files } as unknown as ProjectPage,
  from: [],
  complete: true,
});

type World = {
  readonly answer?: PageResult | { readonly kind: 'private' };
  readonly releases?: readonly Partial<ReleaseRecord>[];
  readonly evidence?: unknown;
  readonly approvals?: readonly Approval[];
  /** Signals by version; the default is harmless. */
  readonly signals?: Readonly<Record<string, Partial<Signals>>>;
};

function explained(version: string | null, world: World, anew = false) {
  const judged: (string | null)[] = [];
  const assess = async (_: unknown, wanted: string | null) => {
    judged.push(wanted);
    const signals = { ...facts({}, 'ALLOWED').signals, ...world.signals?.[wanted ?? ''] };
    const verdict = judge({ name, version: wanted, signals, policy: recommendedPolicy, now });
    return { verdict, signals, name, version: wanted };
  };
  const records = {
    readRelease: async () => undefined,
    releasesOf: async () => (world.releases ?? []) as readonly ReleaseRecord[],
    readEvidence: async () => world.evidence,
    approvalsOf: async () => world.approvals ?? [],
  };
  const here = {
    policy: recommendedPolicy,
    assess,
    page: async () => world.answer ?? page(file('1.0'), file('2.0'), file('3.0rc1'), file('2.5', true)),
    close: async () => {},
  };
  return { answer: explain({ name, version, ignoreRecord: anew, now }, records, here), judged };
}

const bad: Partial<Signals> = {
  downloads: { known: true, value: 12, source: 'pypistats', fetchedAt: judgedAt },
  stars: { known: false, source: 'GitHub', fetchedAt: judgedAt, why: 'asks us to wait' },
};

test('without a version the newest that pip would take is judged: no pre-release, nothing yanked', async () => {
  const { answer, judged } = explained(null, {});
  expect(await answer).toMatchObject({ version: '2.0', by: 'here', passing: { version: '2.0', looked: 1 } });
  expect(judged).toEqual(['2.0']);
});

test('every rule with value, threshold, points, source and age; the interval; what would change it; what would pass', async () => {
  const { answer } = explained('2.0', { signals: { '2.0': bad } });
  const text = explainText((await answer)!, now, { style });
  expect(text).toMatch(
    /^demo 2\.0 is (held|refused): .*score 40 to 50, as some signals are unknown \(Yellow from 40, Red from 50\)/,
  );
  expect(text).toMatch(/\+20 {2}Downloads < 300 +12 +pypistats +3 days ago/);
  expect(text).toMatch(/0\.\.\+10 {2}GitHub stars < 30 +unknown +GitHub: asks us to wait/);
  expect(text).toMatch(/ - {2}Released less than 3 days ago/);
  expect(text).toContain('a value for `stars`, which is unknown (GitHub)');
  expect(text).toContain('newest release that would pass: 1.0 (awspip install demo==1.0)');
  expect(text).toContain('to let it in all the same: awspip approve demo==2.0 --reason "…"');
});

test('what the record says is told as it was decided; anew, it is judged here', async () => {
  const world: World = {
    releases: [{ name, version: '2.0', status: 'BLOCKED', updatedAt: judgedAt }],
    evidence: facts({ downloads: 12 }, 'BLOCKED'),
  };
  const recorded = await explained('2.0.0', world).answer;
  expect(recorded).toMatchObject({ version: '2.0', by: 'record', judgedAt, record: { status: 'BLOCKED' } });
  expect(recorded?.levels).toBeUndefined();
  expect(await explained('2.0', world, true).answer).toMatchObject({ by: 'here', verdict: { outcome: 'ALLOWED' } });
  const broken = { ...world, evidence: { cut: '{"verdict' } };
  expect(await explained('2.0', broken).answer).toMatchObject({ by: 'here' });
});

const approval = (change: Partial<Approval>): Approval => ({
  id: 'one',
  name,
  specifier: '',
  kind: 'deny',
  reason: 'use other',
  owner: 'lea',
  createdAt: judgedAt,
  ...change,
});

test('people’s decisions are told with who and until when, and count in what would pass', async () => {
  const approvals = [
    approval({ specifier: '==2.0' }),
    approval({ id: 'two', kind: 'approve', specifier: '==1.0', expiresAt: '2026-11-21T00:00:00.000Z' }),
  ];
  const answer = (await explained('2.0', { approvals }).answer)!;
  expect(answer).toMatchObject({ standing: { id: 'one' }, passing: { version: '1.0', looked: 2 } });
  const text = explainText(answer, now, { style });
  expect(text).toContain('==2.0  Denied by lea: use other');
  expect(text).toMatch(/Approved by lea: use other \(.* until 2026-11-21T00:00:00\.000Z; lapsed\)/);
  expect(text).toContain('awspip approve demo==2.0');
});

test('a version or project that is nowhere is told apart from an index that did not answer', async () => {
  await expect(explained('9.9', {}).answer).rejects.toMatchObject({ code: 'version-unknown', exit: 'notFound' });
  expect(await explained(null, { answer: { kind: 'missing' } }).answer).toBeUndefined();
  const dark = await explained('9.9', { answer: { kind: 'unreachable', cause: 'no route' } }).answer;
  expect(dark).toMatchObject({ version: '9.9', passing: { version: null, looked: 0 } });
  expect(explainText(dark!, now, { style })).toContain('unknown, as the index did not list the releases');
  expect(await explained('1.0', { answer: { kind: 'private' } }).answer).toMatchObject({ version: '1.0' });
});

test('no more than twenty releases are looked at, and what the index wrote does not steer the terminal', async () => {
  const files = Array.from({ length: 60 }, (_, at) => file(`1.${at}`));
  const signals = Object.fromEntries(files.map((_, at) => [`1.${at}`, bad]));
  const { answer, judged } = explained(null, { answer: page(...files), signals });
  expect((await answer)?.passing).toEqual({ version: null, looked: 20 });
  expect(judged).toHaveLength(20);
  const odd: Partial<Signals> = {
    malware: { known: true, value: ['MAL\u001b[2J'], source: 'OSV\u0007', fetchedAt: judgedAt },
  };
  const text = explainText((await explained('1.0', { signals: { '1.0': odd } }).answer)!, now, { style });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text).toContain('blocks  Known malware: MAL[2J');
});
