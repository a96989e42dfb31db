import { expect, test } from 'vitest';
import { policyText } from '../../src/cli/review/policy-text.ts';
import { replayText } from '../../src/cli/review/replay-text.ts';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { lineBatches, nameLine } from '../../src/review/name-lines.ts';
import { type JudgedRelease, replay } from '../../src/review/replay.ts';
import { parsePinned, parseSpec, readReason, readUntil, releaseArgument, shellQuote } from '../../src/review/spec.ts';
import { facts, judgedAt } from './facts.ts';

const name = parseSpec('demo').name;

async function runs(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  async function* input() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const lines: string[] = [];
  for await (const run of lineBatches(input())) lines.push(...run);
  return lines;
}

test('names are split at line ends of both kinds, also across chunks; empty lines are ignored', async () => {
  expect(await runs('one\r\ntw', 'o\n\n', '\nthree')).toEqual(['one', 'two', 'three']);
  const text = Buffer.from('ñame\n');
  expect(await runs(text.subarray(0, 1), text.subarray(1, 2), text.subarray(2))).toEqual(['ñame']);
  expect(await runs()).toEqual([]);
});

test('a name of 10 MB is shortened while it is read, and the next name follows', async () => {
  const chunk = 'a'.repeat(65_536);
  const lines = await runs(...Array.from({ length: 160 }, () => chunk), '\nnext\n');
  expect(lines).toEqual([`${'a'.repeat(1_000)}…`, 'next']);
});

test('a name is printed as one line of ASCII JSON, with control characters, homoglyphs and lone surrogates escaped', () => {
  for (const odd of ['\u001b[31mred', 'r\u0435quests', '\u202egnp', 'a"b\\c', '\ud83d', '\u2028', '\u0085']) {
    const line = nameLine(odd, [], []);
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toEqual({ name: odd, similar: [], contains: [] });
  }
  const similar = [{ target: name, confidence: 0.93 }];
  const contains = [{ target: name, confidence: 0.7 }];
  expect(nameLine('dmeo', similar, contains)).toBe(
    '{"name":"dmeo","similar":[{"target":"demo","confidence":0.93}],"contains":[{"target":"demo","confidence":0.7}]}',
  );
});

test.each([
  ['request2', 'request2', ''],
  ['Request_2 == 0.2', 'request-2', '==0.2'],
  ['request2>=1,<2', 'request2', '>=1,<2'],
])('%s is read as a project and a specifier', (text, project, specifier) => {
  const spec = parseSpec(text);
  expect(spec.name).toBe(project);
  expect(spec.specifier.replaceAll(' ', '')).toBe(specifier);
});

test.each([
  '',
  '==1',
  'a b',
  'x[extra]',
  'x; python_version < "3"',
  'x @ https://example.org/x.whl',
  'x'.repeat(5_000),
])('`%s` is not a release, and the error shows the form', (text) => {
  expect(() => parseSpec(text)).toThrowError(expect.objectContaining({ code: 'spec-invalid', exit: 'usage' }));
});

test('explain takes one exact version, and no range', () => {
  expect(parsePinned('demo')).toEqual({ name, version: null });
  expect(parsePinned('demo==1.0')).toEqual({ name, version: '1.0' });
  expect(parsePinned('demo === 1.0')).toEqual({ name, version: '1.0' });
  const hint = 'give a project or one release of it: `request2`, `request2==0.2`';
  for (const range of ['demo>=1', 'demo==1.*', 'demo==1,==2', 'demo~=1.0', 'demo =1']) {
    expect(() => parsePinned(range)).toThrowError(expect.objectContaining({ hint }));
  }
});

test('a release in a hint is quoted as one word of the shell', () => {
  expect(releaseArgument({ name: 'demo', version: '1.0+local' })).toBe('demo==1.0+local');
  expect(releaseArgument({ name: 'demo', version: '1!2.0' })).toBe("'demo==1!2.0'");
  expect(releaseArgument({ name: 'demo', version: null })).toBe('demo');
  expect(shellQuote("a'$(b)\u001b")).toBe("'a'\\''$(b)'");
});

test('a date without a time means its end; a time needs a zone; the past and other texts are errors', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(readUntil('2026-11-23', now)).toBe('2026-11-23T23:59:59.999Z');
  expect(readUntil('2027-01-31T18:00+01:00', now)).toBe('2027-01-31T17:00:00.000Z');
  for (const bad of ['2026-11-22', 'tomorrow', '2027-13-01', '2027-01-31T18:00', '31.01.2027', '']) {
    expect(() => readUntil(bad, now), bad).toThrowError(expect.objectContaining({ code: 'until-invalid' }));
  }
});

test('a reason is one printable line of limited length, and never empty', () => {
  expect(readReason(' we\nread \u001b[2Jit ')).toBe('we read [2Jit');
  expect(readReason('x'.repeat(10_000))).toHaveLength(500);
  expect(() => readReason(' \n\u0007')).toThrowError(expect.objectContaining({ code: 'reason-missing' }));
});

test('a policy is shown with every rule, gate and list; its JSON is a policy file with the same content', () => {
  const text = policyText({
    ...recommendedPolicy,
    block: [{ name: 'bad-*', versions: '<2', reason: 'steals\u001b keys', owner: 'lea', until: '2027-01-31' }],
    internal: ['ours-*'],
  });
  for (const line of [
    '  +20  Downloads < 300 (unknown widens the score)',
    '  +10  Last modified > 2 years (unknown widens the score)',
    'Green below 40, Yellow from 40, Red from 50',
    'block: bad-*<2  steals keys (lea, until 2027-01-31)',
    'allow: empty',
    'internal: ours-*',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/ {2}cooldown +3 days; unknown: popular projects pass, others are on hold/);
  expect(text).toMatch(/ {2}unattested +off/);
  for (const policy of [recommendedPolicy, referencePolicy]) {
    expect(loadPolicy(JSON.stringify(policy))).toEqual(policy);
  }
});

const decided = (version: string, evidence: unknown): JudgedRelease => ({
  name,
  version,
  updatedAt: judgedAt,
  evidence,
});

test('replay judges recorded facts at the time of their verdict, and lists the changes', () => {
  const lax = loadPolicy(JSON.stringify({ name: 'lax', levels: { yellow: 60, red: 70 } }));
  const given = [
    decided('1.0', facts({ downloads: 120, stars: 0 }, 'BLOCKED')),
    decided('2.0', facts({}, 'ALLOWED')),
    decided('3.0', { ...facts({ downloads: 120, stars: 0 }, 'BLOCKED'), approval: { kind: 'approve' } }),
    decided('4.0', { cut: '{"sig' }),
    decided('5.0', undefined),
    decided('6.0', { signals: {}, verdict: { outcome: 'ALLOWED' } }),
  ];
  const result = replay(given, lax, () => []);
  expect(result).toMatchObject({
    replayed: 3,
    changes: [
      { version: '1.0', before: { outcome: 'BLOCKED' }, after: { outcome: 'ALLOWED' }, approved: false },
      { version: '3.0', approved: true },
    ],
    without: ['demo 4.0', 'demo 5.0', 'demo 6.0'],
  });
  const text = replayText(result, 80);
  expect(text).toMatch(
    /^judged 3 releases again under lax-[0-9a-f]{8}: 2 would change; skipped 3 releases\n {2}without evidence\n/,
  );
  const reasons = 'Downloads < 300 +20, GitHub stars < 30 +10, Last modified';
  expect(text).toContain(`\n  blocked -> allowed  demo 1.0  score 50 -> 50\n${' '.repeat(22)}${reasons}\n`);
  expect(text).toContain('\n  blocked -> allowed  demo 3.0  score 50 -> 50; allowed by an approval\n');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(
    replayText(
      replay([given[1] as JudgedRelease], recommendedPolicy, () => []),
      80,
    ),
  ).toContain('nothing would change');
});

test('replay compares names under the other policy, which may protect other names', () => {
  const strict = loadPolicy(
    JSON.stringify({ name: 'strict', rules: [{ signal: 'similarNames', confidence: 0.9, points: 50 }] }),
  );
  const similar = [{ target: parseSpec('demos').name, confidence: 0.95 }];
  const { changes } = replay([decided('1.0', facts({}, 'ALLOWED'))], strict, () => similar);
  expect(changes).toMatchObject([
    {
      after: {
        outcome: 'BLOCKED',
        reasons: [{ text: 'Name similar to demos' }, { text: 'Name like the popular demos' }],
      },
    },
  ]);
});
