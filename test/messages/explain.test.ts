import { describe, expect, test } from 'vitest';
import { explainText } from '../../src/cli/review/explain-text.ts';
import { type Output, plainStyle } from '../../src/cli/terminal.ts';
import { judge } from '../../src/firewall/judge.ts';
import { policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, PageResult, ProjectPage } from '../../src/index/types.ts';
import { type Explanation, explain } from '../../src/review/explain.ts';
import type { Approval, ReleaseRecord, WithheldFiles } from '../../src/vetting/types.ts';
import { facts, judgedAt } from './facts.ts';
import { colourStyle } from './recording-terminal.ts';

process.env.TZ = 'UTC';
const output: Output = { style: plainStyle, columns: 80 };
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

type Sources = {
  readonly answer?: PageResult | { readonly kind: 'private' };
  readonly releases?: readonly Partial<ReleaseRecord>[];
  readonly evidence?: unknown;
  readonly approvals?: readonly Approval[];
  readonly withheld?: WithheldFiles['files'];
  /** Signals by version; the default is harmless. */
  readonly signals?: Readonly<Record<string, Partial<Signals>>>;
};

function explained(version: string | null, sources: Sources, ignoreRecord = false) {
  const judged: (string | null)[] = [];
  const assess = async (_: unknown, requested: string | null) => {
    judged.push(requested);
    const signals = { ...facts({}, 'ALLOWED').signals, ...sources.signals?.[requested ?? ''] };
    const verdict = judge({ name, version: requested, signals, policy: recommendedPolicy, now });
    return { verdict, signals, name, version: requested };
  };
  const records = {
    readRelease: async () => undefined,
    releasesOf: async () => (sources.releases ?? []) as readonly ReleaseRecord[],
    readEvidence: async () => sources.evidence,
    approvalsOf: async () => sources.approvals ?? [],
    withheldOf: async () => [{ name, version: '2.0', files: sources.withheld ?? {}, policyVersion: 'p' }],
  };
  const firewall = {
    policy: recommendedPolicy,
    assess,
    page: async () => sources.answer ?? page(file('1.0'), file('2.0'), file('3.0rc1'), file('2.5', true)),
    close: async () => {},
  };
  return { answer: explain({ name, version, ignoreRecord, now }, records, firewall), judged };
}

async function textOf(version: string | null, sources: Sources): Promise<string> {
  return explainText((await explained(version, sources).answer)!, now, output);
}

const bad: Partial<Signals> = {
  downloads: { known: true, value: 12, source: 'pypistats', fetchedAt: judgedAt },
  stars: { known: false, source: 'GitHub', fetchedAt: judgedAt, why: 'asks us to wait' },
};
const malware: Partial<Signals> = {
  malware: { known: true, value: ['MAL-2026-1'], source: 'OSV', fetchedAt: judgedAt },
};
const vetted: Partial<ReleaseRecord> = { name, version: '2.0', status: 'SECURE', updatedAt: judgedAt };

test('without a version the newest final release that is not yanked is judged', async () => {
  const { answer, judged } = explained(null, {});
  expect(await answer).toMatchObject({ version: '2.0', by: 'here', passing: { version: '2.0', looked: 1 } });
  expect(judged).toEqual(['2.0']);
});

test('every rule is shown with value, points, source and age, as one block', async () => {
  const text = await textOf('2.0', { signals: { '2.0': bad } });
  expect(text.split('\njudged')[0]?.replace(/\s+/g, ' ')).toBe(
    'demo 2.0 is on hold (up to Red, score 40 to 50, because some signals are unknown; Yellow from 40, Red from 50)',
  );
  expect(text).toContain('     +20  Downloads < 300: 12\n          pypistats, 3 days ago\n');
  expect(text).toMatch(/ 0\.\.\+10 {2}GitHub stars < 30: unknown\n +GitHub: asks us to wait, 3 days ago\n/);
  expect(text).toMatch(/ passes {2}Released less than 3 days ago: Jan 1, 2020, 00:00 \(6 years ago\)\n/);
  expect(text).toContain('stars');
  expect(text).toContain('1.0 is the newest allowed version: `awspip install demo==1.0`\n');
  expect(text).toMatch(/\n\nhint: approvers can allow it: `awspip approve demo==2\.0 --reason "…"`\n$/);
});

test('an unknown signal of a gate or a bonus is said once, below what it is about', async () => {
  const unknown = (source: string) =>
    ({ known: false, source, fetchedAt: judgedAt, why: 'could not be reached' }) as const;
  const signals = { malware: unknown('OSV'), versionsCount: unknown('PyPI') };
  const text = await textOf('2.0', { signals: { '2.0': signals } });
  expect(text).toMatch(/ holds\? {2}Malware advisories: unknown\n +OSV: could not be reached, 3 days ago\n/);
  expect(text).toMatch(/ {2}Versions count ≥ 10 over 3 years: unknown\n/);
  expect(text).not.toContain('null');
});

test('the end of a cooldown is a local time', async () => {
  const releasedAt = {
    known: true,
    value: new Date(now - 3_600_000).toISOString(),
    source: 'index page',
    fetchedAt: judgedAt,
  };
  const text = await textOf('2.0', { signals: { '2.0': { releasedAt } as Partial<Signals> } });
  expect(text).toMatch(/\n {2}the end of the cooldown at [A-Z][a-z]{2} \d+, \d\d:\d\d \(in 3 days\)\n/);
});

test('the files that awspip hides are named with their reasons', async () => {
  const withheld: WithheldFiles['files'] = {
    'demo-2.0.tar.gz': { status: 'HELD', reasons: ['Install-time code: setup.py uses the network'] },
    'demo-2.0.zip': { status: 'LATER', reasons: [] },
  };
  const text = await textOf('2.0', { withheld });
  expect(text).toContain(
    '\nFiles that awspip hides\n' +
      '  demo-2.0.tar.gz is on hold: setup.py uses the network\n' +
      '  demo-2.0.zip is not inspected\n',
  );
  expect(await textOf('1.0', { withheld })).not.toContain('hides');
});

test('the releases that need it are named with their ranks', async () => {
  const requiredBy = [
    { name: normaliseName('middle'), version: '3.0', rank: null },
    { name: normaliseName('popular'), version: '1.0', rank: 7 },
  ];
  expect(await textOf('2.0', { signals: { '2.0': { requiredBy } } })).toContain(
    'needed by middle 3.0 (not ranked), popular 1.0 (rank 7)',
  );
});

test('an allowed release has no hint', async () => {
  const text = await textOf('2.0', {});
  expect(text).toMatch(/^demo 2\.0 is allowed \(Green, score \d+; Yellow from 40, Red from 50\)\n/);
  expect(text).not.toContain('hint:');
});

test('observe mode: the score is that of the verdict that was not applied, without a level of its own', async () => {
  const evidence = facts({ downloads: 12 }, 'ALLOWED');
  const observed = { outcome: 'BLOCKED', reasons: [{ text: 'Downloads < 300' }] } as const;
  const score = { min: 50, max: 60 };
  const sources: Sources = {
    releases: [vetted],
    evidence: { ...evidence, verdict: { ...evidence.verdict, score, observed } },
  };
  const oneLine = async (given: Sources) => (await textOf('2.0', given)).split('\njudged')[0]?.replace(/\s+/g, ' ');
  const enforced = "in observe mode; enforced, the policy's verdict would be blocked: Downloads < 300";
  const scored = '(score 50 to 60, because some signals are unknown)';
  expect(await oneLine(sources)).toBe(`demo 2.0 is allowed ${enforced} ${scored}`);
  const approval: Approval = {
    ...{ id: 'd1', name, specifier: '==2.0', kind: 'approve', reason: 'read it', owner: 'lea' },
    createdAt: judgedAt,
  };
  expect(await oneLine({ ...sources, approvals: [approval] })).toBe(
    `demo 2.0 is approved by lea: read it The policy's verdict is allowed ${enforced} ${scored}`,
  );
});

test('a release on record is explained as it was judged; with --fresh it is judged now', async () => {
  const sources: Sources = {
    releases: [{ name, version: '2.0', status: 'BLOCKED', updatedAt: judgedAt }],
    evidence: facts({ downloads: 12 }, 'BLOCKED'),
  };
  const recorded = await explained('2.0.0', sources).answer;
  expect(recorded).toMatchObject({ version: '2.0', by: 'record', judgedAt, record: { status: 'BLOCKED' } });
  expect(recorded?.levels).toBeUndefined();
  expect(explainText(recorded!, now, output)).toContain(
    'judged Nov 20, 00:00 (3 days ago) by policy recommended-00000000\n' +
      'on record as blocked since Nov 20, 00:00 (3 days ago)\n',
  );
  expect(await explained('2.0', sources, true).answer).toMatchObject({ by: 'here', verdict: { outcome: 'ALLOWED' } });
  const broken = { ...sources, evidence: { cut: '{"verdict' } };
  expect(await explained('2.0', broken).answer).toMatchObject({ by: 'here' });
});

const approval = (change: Partial<Approval>): Approval => ({
  id: 'one',
  name,
  specifier: '',
  kind: 'deny',
  reason: 'breaks our build',
  owner: 'lea',
  createdAt: judgedAt,
  ...change,
});

describe('after a decision', () => {
  test('a denial comes first, and says that the release is still in the repository', async () => {
    const approvals = [approval({ specifier: '==2.0', expiresAt: '2026-12-01T00:00:00.000Z' })];
    const text = await textOf('2.0', { approvals, releases: [vetted] });
    expect(text.split('\n\n')[0]).toBe(
      [
        'demo 2.0 is denied by lea until Dec 1, 00:00 (in 8 days): breaks our build; it',
        '  is still in the vetted repository',
        "The policy's verdict is allowed (Green, score 20; Yellow from 40, Red from 50)",
        `judged Nov 23, 00:00 (just now) on this machine by policy ${policyVersion(recommendedPolicy)}`,
        'on record as vetted since Nov 20, 00:00 (3 days ago)',
      ].join('\n'),
    );
  });

  test('an approval comes first, and the verdict of the policy follows', async () => {
    const text = await textOf('2.0', { approvals: [approval({ kind: 'approve' })], signals: { '2.0': bad } });
    expect(text).toMatch(
      /^demo 2\.0 is approved by lea: breaks our build\nThe policy's verdict is on hold \(up to Red, /,
    );
    expect(text).not.toContain('hint:');
  });

  test('an approval does not cover known malware, unless it says so', async () => {
    const signals = { '2.0': malware };
    const text = await textOf('2.0', { signals, approvals: [approval({ kind: 'approve' })] });
    expect(text).toMatch(/^demo 2\.0 is blocked \(Red, /);
    expect(text).toContain('does not cover malware');
    expect(text).not.toContain('hint:');
    const even = await textOf('2.0', { signals, approvals: [approval({ kind: 'approve', evenMalware: true })] });
    expect(even).toMatch(/^demo 2\.0 is approved by lea/);
    expect(even).toContain('every version approved, even as malware by lea');
  });

  test('each decision has its state, its owner and its end', async () => {
    const approvals = [
      approval({ specifier: '==2.0' }),
      approval({ id: 'two', kind: 'approve', specifier: '==1.0', expiresAt: '2026-11-21T00:00:00.000Z' }),
      approval({ id: 'three', kind: 'approve', specifier: '<3', createdAt: '2026-11-19T00:00:00.000Z' }),
      approval({ id: 'four', kind: 'approve', specifier: '>3' }),
    ];
    const answer = (await explained('2.0', { approvals }).answer)!;
    expect(answer).toMatchObject({ standing: { id: 'one' }, passing: { version: '1.0', looked: 2 } });
    const text = explainText(answer, now, { ...output, columns: 200 });
    expect(text).toContain(
      '  ==2.0 denied by lea: breaks our build (in force; made Nov 20, 00:00 (3 days ago); no end)',
    );
    expect(text).toMatch(/ {2}==1\.0 approved by lea: .* \(expired; made .*; ended Nov 21, 00:00 \(2 days ago\)\)/);
    expect(text).toMatch(/ {2}<3 approved by lea: .* \(superseded; /);
    expect(text).toMatch(/ {2}>3 approved by lea: .* \(about other versions; /);
    expect(text).toContain('hint: approvers can allow it: `awspip approve demo==2.0');
  });
});

test('an unknown version or project is an error; an index that does not answer is not', async () => {
  await expect(explained('9.9', {}).answer).rejects.toMatchObject({ code: 'version-unknown', exit: 'notFound' });
  expect(await explained(null, { answer: { kind: 'missing' } }).answer).toBeUndefined();
  const offline = await explained('9.9', { answer: { kind: 'unreachable', cause: 'no route' } }).answer;
  expect(offline).toMatchObject({ version: '9.9', passing: { version: null, looked: 0 } });
  expect(explainText(offline!, now, output)).toContain('The newest allowed version is unknown: ');
  expect(await explained('1.0', { answer: { kind: 'private' } }).answer).toMatchObject({ version: '1.0' });
});

test('at most twenty releases are judged to find an allowed one', async () => {
  const files = Array.from({ length: 60 }, (_, at) => file(`1.${at}`));
  const signals = Object.fromEntries(files.map((_, at) => [`1.${at}`, bad]));
  const { answer, judged } = explained(null, { answer: page(...files), signals });
  expect((await answer)?.passing).toEqual({ version: null, looked: 20 });
  expect(explainText((await answer)!, now, output)).toContain('None of the 20 newest versions is allowed\n');
  expect(judged).toHaveLength(20);
  const only = await textOf(null, { answer: page(file('1.0')), signals: { '1.0': bad } });
  expect(only).toContain('The only listed version is not allowed\n');
});

describe('layout', () => {
  const long = (words: number) => Array.from({ length: words }, () => 'word').join(' ');
  const address = `https://example.org/${'x'.repeat(100)}`;
  const approvals = [approval({ reason: long(60), owner: `lea ${address}`, expiresAt: '2026-12-01T00:00:00.000Z' })];
  const signals = {
    '2.0': {
      ...bad,
      ...malware,
      installCode: {
        known: true,
        value: [{ reach: 'network', word: 'urlopen', file: `demo-2.0.tar.gz/${'deep/'.repeat(30)}setup.py` }],
        source: 'package-install',
        fetchedAt: judgedAt,
        note: long(30),
      },
    } satisfies Partial<Signals>,
  };
  const full = async () => (await explained('2.0', { approvals, releases: [vetted], signals }).answer)!;

  test.each([80, 60, 132])(
    'no line is longer than %i columns, except one word that cannot be broken',
    async (columns) => {
      const lines = explainText(await full(), now, { ...output, columns }).split('\n');
      expect(lines.length).toBeGreaterThan(30);
      for (const line of lines.filter((text) => text.length > columns && !text.startsWith('hint:'))) {
        expect(line.trim()).toMatch(/^\S+$/);
      }
    },
  );

  test('colour changes no line break, and is neither yellow nor cyan', async () => {
    const explanation: Explanation = await full();
    const coloured = explainText(explanation, now, { style: colourStyle(), columns: 80 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(explainText(explanation, now, output));
    expect(coloured).toContain('\u001b[31mdenied');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
    expect(coloured).not.toMatch(/\u001b\[(?:[39][36])m/);
  });

  test('text from the index does not steer the terminal', async () => {
    const odd: Partial<Signals> = {
      malware: { known: true, value: ['MAL\u001b[2J'], source: 'OSV\u0007', fetchedAt: judgedAt },
    };
    const text = await textOf('1.0', { signals: { '1.0': odd } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must not be printed
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).toContain('blocks  Known malware: MAL[2J');
  });
});

test('an internal name says first that published releases need no verdict, and offers no approval', async () => {
  const text = await textOf('1.0', { answer: { kind: 'private' }, signals: { '1.0': bad } });
  expect(text).toMatch(
    /^demo is an internal name\. What you publish under it needs no verdict; .*\n.*this one:\n\ndemo 1\.0 is /,
  );
  expect(text).toContain('\nThe newest allowed version is unknown: no index is asked for an internal name\n');
  expect(text).not.toContain('hint:');
});
