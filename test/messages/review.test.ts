import { expect, test } from 'vitest';
import { presentDecision, presentDecisions } from '../../src/cli/review/decision-hints.ts';
import { policyText } from '../../src/cli/review/policy-text.ts';
import { replayText } from '../../src/cli/review/replay-text.ts';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { lineBatches, nameLine } from '../../src/review/name-lines.ts';
import { type JudgedRelease, replay } from '../../src/review/replay.ts';
import { parsePinned, parseSpec, readReason, readUntil, releaseArgument, shellQuote } from '../../src/review/spec.ts';
import type { Refusal } from '../../src/vetting/types.ts';
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

test('names come whole, however the stream is cut: line ends of both kinds, no last line end, empty lines left out', async () => {
  expect(await runs('one\r\ntw', 'o\n\n', '\nthree')).toEqual(['one', 'two', 'three']);
  const text = Buffer.from('ñame\n');
  expect(await runs(text.subarray(0, 1), text.subarray(1, 2), text.subarray(2))).toEqual(['ñame']);
  expect(await runs()).toEqual([]);
});

test('a name of 10 MB is cut in passing, and what follows it is read', async () => {
  const chunk = 'a'.repeat(65_536);
  const lines = await runs(...Array.from({ length: 160 }, () => chunk), '\nnext\n');
  expect(lines).toEqual([`${'a'.repeat(1_000)}…`, 'next']);
});

test('a name prints as one line of ASCII JSON that says it exactly: control characters, homoglyphs and halves of pairs', () => {
  for (const odd of ['\u001b[31mred', 'r\u0435quests', '\u202egnp', 'a"b\\c', '\ud83d', '\u2028', '\u0085']) {
    const line = nameLine(odd, []);
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toEqual({ name: odd, similar: [] });
  }
  const similar = [{ target: name, confidence: 0.93 }];
  expect(nameLine('dmeo', similar)).toBe('{"name":"dmeo","similar":[{"target":"demo","confidence":0.93}]}');
});

test.each([
  ['request2', 'request2', ''],
  ['Request_2 == 0.2', 'request-2', '==0.2'],
  ['request2>=1,<2', 'request2', '>=1,<2'],
])('%s names releases to decide about', (text, project, specifier) => {
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
])('%s names none, and is refused with the form it should have', (text) => {
  expect(() => parseSpec(text)).toThrowError(expect.objectContaining({ code: 'spec-invalid', exit: 'usage' }));
});

test('explain takes one version, however exactly it is named, and no range', () => {
  expect(parsePinned('demo')).toEqual({ name, version: null });
  expect(parsePinned('demo==1.0')).toEqual({ name, version: '1.0' });
  expect(parsePinned('demo === 1.0')).toEqual({ name, version: '1.0' });
  for (const range of ['demo>=1', 'demo==1.*', 'demo==1,==2', 'demo~=1.0']) expect(() => parsePinned(range)).toThrow();
});

test('a line to type is one word for the shell', () => {
  expect(releaseArgument({ name: 'demo', version: '1.0+local' })).toBe('demo==1.0+local');
  expect(releaseArgument({ name: 'demo', version: '1!2.0' })).toBe("'demo==1!2.0'");
  expect(releaseArgument({ name: 'demo', version: null })).toBe('demo');
  expect(shellQuote("a'$(b)\u001b")).toBe("'a'\\''$(b)'");
});

test('a bare date counts to its end; times need a zone; what has passed or is no date is refused', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(readUntil('2026-11-23', now)).toBe('2026-11-23T23:59:59.999Z');
  expect(readUntil('2027-01-31T18:00+01:00', now)).toBe('2027-01-31T17:00:00.000Z');
  for (const bad of ['2026-11-22', 'tomorrow', '2027-13-01', '2027-01-31T18:00', '31.01.2027', '']) {
    expect(() => readUntil(bad, now), bad).toThrowError(expect.objectContaining({ code: 'until-invalid' }));
  }
});

test('a reason is one printable line of bounded length, and never empty', () => {
  expect(readReason(' we\nread \u001b[2Jit ')).toBe('we read [2Jit');
  expect(readReason('x'.repeat(10_000))).toHaveLength(500);
  expect(() => readReason(' \n\u0007')).toThrowError(expect.objectContaining({ code: 'reason-missing' }));
});

const refusal = (change: Partial<Refusal> = {}): Refusal => ({
  name,
  version: '1.0',
  kind: 'BLOCKED',
  reasons: [],
  similarPackages: [],
  fatal: true,
  ...change,
});

test('refusals and holds print the lines to type; malware none that lets it in; what was not found none at all', () => {
  for (const kind of ['BLOCKED', 'HELD'] as const) {
    expect(presentDecision(refusal({ kind }))).toEqual([
      'the whole arithmetic: `awspip explain demo==1.0`',
      'to let it in all the same: `awspip approve demo==1.0 --reason "…"`',
    ]);
  }
  const malware = refusal({ reasons: [{ text: 'Known malware: MAL-2026-1' }] });
  expect(presentDecision(malware)).toEqual(['the whole arithmetic: `awspip explain demo==1.0`']);
  expect(presentDecision(refusal({ kind: 'NOT_FOUND', version: null }))).toEqual([]);
  const many = Array.from({ length: 50 }, (_, at) => refusal({ name: parseSpec(`demo${at}`).name }));
  expect(presentDecisions(many)).toHaveLength(6);
  const [line] = presentDecisions(['0.9', '0.10', '0.2'].map((version) => refusal({ version })));
  expect(line).toContain('awspip explain demo==0.10');
});

test('a policy is shown with every rule, gate and list; what is shown as JSON is a policy file that says the same', () => {
  const text = policyText({
    ...recommendedPolicy,
    block: [{ name: 'bad-*', versions: '<2', reason: 'stole\u001b keys', owner: 'lea', until: '2027-01-31' }],
    internal: ['ours-*'],
  });
  for (const line of [
    '  +20  Downloads < 300 (unknown widens the score)',
    '  +10  Last modified > 2 years (unknown widens the score)',
    'Green below 40, Yellow from 40, Red from 50',
    'block: bad-*<2  stole keys (lea, until 2027-01-31)',
    'allow: empty',
    'internal: ours-*',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/ {2}cooldown +3 days; unknown: popular projects pass, others are held/);
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

test('replay judges the facts on record at the time they were judged, and tells what would change', () => {
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
  const text = replayText(result);
  expect(text).toMatch(/^3 releases judged again under lax-[0-9a-f]{8}: 2 would change; 3 releases without evidence/);
  expect(text).toMatch(/\n {2}BLOCKED -> ALLOWED {2}demo 1\.0 /);
  expect(replayText(replay([given[1] as JudgedRelease], recommendedPolicy, () => []))).toContain(
    'nothing would change',
  );
});

test('replay compares names anew: what another policy protects is resembled under it', () => {
  const strict = loadPolicy(
    JSON.stringify({ name: 'strict', rules: [{ signal: 'similarNames', confidence: 0.9, points: 50 }] }),
  );
  const similar = [{ target: parseSpec('demos').name, confidence: 0.95 }];
  const { changes } = replay([decided('1.0', facts({}, 'ALLOWED'))], strict, () => similar);
  expect(changes).toMatchObject([{ after: { outcome: 'BLOCKED', reasons: [{ text: 'Name similar to demos' }] } }]);
});
