import { describe, expect, test } from 'vitest';
import { readCondition } from '../../src/firewall/conditions/condition.ts';
import { ConditionError } from '../../src/firewall/conditions/condition-error.ts';
import { downloadsThreshold } from '../../src/firewall/conditions/policy-conditions.ts';
import { conditionSignals } from '../../src/firewall/conditions/signal-table.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { harmless, known, unknown } from './facts.ts';

const now = Date.parse('2026-11-20T12:00:00Z');

function result(text: string, signals: Partial<Signals> = {}, version: string | null = '1.0'): boolean | string[] {
  const subject = { name: normaliseName('example'), version, signals: { ...harmless, ...signals }, now };
  const evaluated = readCondition(text).evaluate(subject);
  return 'value' in evaluated ? evaluated.value : [...evaluated.unknown];
}

const errorOf = (text: string): { message: string; offset: number } => {
  try {
    readCondition(text);
  } catch (error) {
    if (error instanceof ConditionError) return { message: error.message, offset: error.offset };
    throw error;
  }
  return { message: 'accepted', offset: -1 };
};

test('every name has a value of its type, or is unknown', () => {
  for (const name of Object.keys(conditionSignals)) {
    const texts: Partial<Record<string, string>> = { int: `${name} == 0`, bool: name, string: `${name} == ""` };
    const text = texts[conditionSignals[name]?.type ?? ''];
    expect(result(text ?? `size(${name}) == 0`), name).toSatisfy(
      (value: unknown) => typeof value === 'boolean' || Array.isArray(value),
    );
    expect(result(text ?? `size(${name}) == 0`, {}, null), name).toBeDefined();
  }
});

describe('a condition with an unknown signal', () => {
  const signals: Partial<Signals> = { downloads: unknown, stars: known(5) };
  test.each([
    ['downloads < 300', ['downloads']],
    ['!(downloads < 300)', ['downloads']],
    ['stars > 10 && downloads < 300', false],
    ['downloads < 300 && stars > 10', false],
    ['downloads < 300 || stars < 10', true],
    ['stars < 10 || downloads < 300', true],
    ['downloads < 300 && stars < 10', ['downloads']],
    ['stars < 10 ? false : downloads < 300', false],
    ['[1, 2].exists(n, downloads < n || n == 2)', true],
    ['[1, 2].all(n, downloads < n && n == 2)', false],
    ['downloads == downloads', ['downloads']],
  ])('%s is %j', (text, expected) => {
    expect(result(text, signals)).toEqual(expected);
  });
});

describe('a value of which only a bound is known', () => {
  const bounded: Partial<Signals> = {
    downloads: known(1_000, { lowerBound: true }),
    firstReleasedAt: known('2026-01-01T00:00:00Z', { lowerBound: true }),
    lastModified: known('2026-01-01T00:00:00Z', { lowerBound: true }),
    stars: known(3),
    rank: null,
  };
  test.each([
    ['downloads < 300', false],
    ['downloads < 1000', false],
    ['downloads < 1001', ['downloads']],
    ['downloads < 5000', ['downloads']],
    ['downloads >= 1000', true],
    ['downloads > 999.5', true],
    ['300 > downloads', false],
    ['!(300 <= downloads)', false],
    ['downloads == 10', false],
    ['downloads != 10', true],
    ['downloads != 2000', ['downloads']],
    ['(downloads) < 300 || stars == 3', true],
    ['downloads * 2 < 10', ['downloads']],
    ['downloads < 300 && stars == 3', false],
    ['downloads >= 300 && stars == 3', true],
    ['[1, 2].exists(n, n == stars) || downloads > 10', true],
    ['daysSinceFirstRelease > 30', true],
    ['daysSinceFirstRelease > 3000', ['daysSinceFirstRelease']],
    ['daysSinceLastModified < 1000', true],
    ['daysSinceLastModified > 1000', false],
    ['daysSinceLastModified < 10', ['daysSinceLastModified']],
    ['rank < 1000', false],
    ['rank > 1000', true],
  ])('%s is %j', (text, expected) => {
    expect(result(text, bounded)).toEqual(expected);
  });

  test('a part of the install-time code shows what is there, and not what is missing', () => {
    const installCode = known([{ file: 'a.whl', reach: 'network', word: 'x' } as const], { lowerBound: true });
    expect(result('"network" in installCode', { installCode })).toBe(true);
    expect(result('"shell" in installCode', { installCode })).toEqual(['installCode']);
    expect(result('installCode == []', { installCode })).toEqual(['installCode']);
  });
});

describe('severities', () => {
  const vulnerabilities = known([
    { id: 'GHSA-a', aliases: ['CVE-1'], severity: 'high', fixedIn: '2.0' },
    { id: 'PYSEC-b', fixedIn: null },
  ] as const);
  test.each([
    ['vulnerabilities.exists(v, v.severity >= "high")', true],
    ['vulnerabilities.exists(v, v.severity == "high")', true],
    ['vulnerabilities.exists(v, v.severity in ["high", "critical"])', true],
    ['vulnerabilities.exists(v, v.severity > "high")', ['vulnerabilities']],
    ['vulnerabilities.exists(v, v.severity >= "high" && !("CVE-1" in v.ids))', ['vulnerabilities']],
    ['vulnerabilities.all(v, v.severity < "medium")', false],
    ['vulnerabilities.exists(v, v.fixedIn != "")', true],
    ['vulnerabilities.filter(v, v.id.startsWith("GHSA")).size() == 1', true],
  ])('%s is %j', (text, expected) => {
    expect(result(text, { vulnerabilities })).toEqual(expected);
  });
});

test('patterns match names, and the longest text takes little work', () => {
  expect(result('name.matches("^(ex|acme)[a-z]*$") && !name.matches("^.*-.*$")')).toBe(true);
  const licence = known('a'.repeat(300));
  expect(result('licence.matches("a*a*b")', { licence })).toBe(false);
  expect(result('licence.matches("a*b")', { licence: known('a'.repeat(301)) })).toEqual(['licence']);
});

test('a condition that has no value is unknown', () => {
  expect(result('1 / (stars - stars) == 1', { stars: known(3) })).toEqual([]);
});

describe('an invalid condition names the problem and its place:', () => {
  test.each([
    ['downlods < 300', 0, /`downlods` is not a signal; did you mean `downloads`\?/],
    ['stars > 1 && license == "MIT"', 13, /`license` is not a signal; did you mean `licence`\?/],
    ['weather', 0, /`weather` is not a signal$/],
    ['downloads <', 11, /unexpected token/],
    ['downloads < "300"', 0, /no such overload: int < string/],
    ['stars > 1 and true', 10, /unexpected character/],
    ['downloads', 0, /must be true or false, this is int/],
    ['""', 0, /must be true or false, this is string/],
    ['vulnerabilities.exists(v, v.severty == "high")', 28, /no such key: severty; did you mean `severity`/],
    ['vulnerabilities.exists(v, v.severity == "hgih")', 40, /a severity is "none"/],
    ['vulnerabilities.exists(v, v.severity in ["High"])', 41, /a severity is "none"/],
    ['vulnerabilities.exists(stars, true)', 23, /`stars` is a signal/],
    ['name.matches("(a+)+$")', 13, /a group in a pattern cannot be repeated/],
    ['name.matches("a*a*a*a*b")', 13, /too many repetitions/],
    ['name.matches("a*a*a*b")', 13, /too many repetitions/],
    ['(name + name).matches("a*b")', 1, /`\+` is not supported next to `matches`/],
    [`"${'a'.repeat(400)}".matches("a*b")`, 0, /at most 300 characters/],
    ['vulnerabilities.exists(v, v.id.matches("a*b*c"))', 0, /needs more than 100000 steps/],
    ['name.matches("(?=a)")', 13, /look-around/],
    ['name.matches("[")', 13, /not a regular expression/],
    ['name.matches(version)', 0, /`matches` needs a literal pattern/],
    ['cel.bind(a, "x", a == name)', 0, /`cel` is not supported/],
    ['[1].map(a, a) == [1]', 0, /`map` is not supported/],
    ['name.constructor == 1', 5, /./],
    ['constructor == 1', 0, /`constructor` is not a signal/],
    ['__proto__ == 1', 0, /reserved/],
  ])('%s', (text, offset, message) => {
    const error = errorOf(text);
    expect(error.message).toMatch(message);
    expect(error.offset).toBe(offset);
  });
});

describe('a hostile condition is rejected:', () => {
  const loops = (depth: number): string =>
    Array.from({ length: depth }).reduceRight<string>((body, _, i) => `vulnerabilities.all(v${i}, ${body})`, 'true');
  test.each([
    ['100,000 characters', 'true || '.repeat(12_500)],
    ['parentheses', `${'('.repeat(1_900)}true${')'.repeat(1_900)}`],
    ['negations', `${'!'.repeat(3_900)}true`],
    ['minus signs', `${'-'.repeat(3_900)}1 == 1`],
    ['lists in lists', `${'['.repeat(1_900)}${']'.repeat(1_900)} == []`],
    ['loops in loops', loops(5)],
    ['loops over long lists', `[${'1,'.repeat(400)}1].all(a, [${'1,'.repeat(400)}1].all(b, a == b))`],
    ['many operands', `${'stars +'.repeat(500)} 1 == 1`],
  ])('%s', (_description, text) => {
    expect(errorOf(text).message).not.toBe('accepted');
  });

  test('the longest condition that is accepted takes little work', () => {
    const list = `[${Array.from({ length: 50 }, (_, i) => i).join()}]`;
    expect(result(`${list}.all(a, ${list}.all(b, a + b >= 0))`)).toBe(true);
  });
});

test('the position of a wrong condition is the one in the file', () => {
  const messageOf = (text: string): string => {
    try {
      loadPolicy(text);
      return 'accepted';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const yaml =
    'name: ours\ngates:\n  - name: few\n    when: stars < 3 && downlods < 3\n    does: hold\n    text: few\n';
  expect(messageOf(yaml)).toContain('line 4, column 24: `gates.0.when`: `downlods` is not a signal');
  const json = '{"name":"ours","rules":[{"when":"stars < 3 && \\"a\\" < 3","points":5,"text":"x"}]}';
  expect(messageOf(json)).toContain('line 1, column 33: `rules.0.when`: no such overload: string < int');
});

test('downloads are asked for only up to the numbers that can change a verdict', () => {
  const thresholdOf = (when: string): number =>
    downloadsThreshold({
      ...recommendedPolicy,
      rules: [{ when, points: 1, text: 'x', unknown: 'interval' }],
    });
  expect(thresholdOf('stars < 3')).toBe(0);
  expect(thresholdOf('downloads < 300 && 500 > downloads')).toBe(500);
  expect(thresholdOf('downloads < stars')).toBe(Number.POSITIVE_INFINITY);
});
