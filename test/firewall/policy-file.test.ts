import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { policyJsonSchema } from '../../src/firewall/policy-json-schema.ts';

const errorOf = (text: string): string => {
  try {
    loadPolicy(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a policy file', () => {
  test('with only a name is the recommended policy under that name', () => {
    expect(loadPolicy('{"name":"ours"}')).toEqual({ ...recommendedPolicy, name: 'ours' });
  });

  test('may be the complete recommended policy', () => {
    expect(loadPolicy(JSON.stringify(recommendedPolicy))).toEqual(recommendedPolicy);
  });

  test('may have lists with patterns, versions, owners and expiries', () => {
    const block = [{ name: 'evil-*', versions: '>=2,<3', reason: 'seen', owner: 'sec', until: '2027-01-31' }];
    expect(loadPolicy(JSON.stringify({ name: 'ours', block })).block).toEqual(block);
  });

  test.each([
    ['{', /not valid\n {2}.*JSON/],
    ['[]', /name/],
    ['{}', /name/],
    ['{"name":"x","bogus":1}', /bogus/],
    ['{"name":"X"}', /lower-case/],
    ['{"name":"x","rules":[{"signal":"downloads","below":300,"points":-5}]}', /rules\.0\.points/],
    ['{"name":"x","rules":[{"signal":"weather","below":300,"points":5}]}', /rules\.0\.signal/],
    ['{"name":"x","levels":{"yellow":60,"red":50}}', /yellow.*not above.*red/],
    ['{"name":"x","levels":{"yellow":0,"red":50}}', /above 0/],
    ['{"name":"x","block":[{"name":"a"}]}', /block\.0\.reason/],
    ['{"name":"x","block":[{"name":"a","reason":"b","versions":"newest"}]}', /version specifier/],
    ['{"name":"x","allow":[{"name":"a","reason":"b","until":"tomorrow"}]}', /date/],
    ['{"name":"x","gates":{"cooldown":{"days":-1}}}', /gates\.cooldown\.days/],
    [`{"name":"${'x'.repeat(2_000_000)}"}`, /larger than/],
  ])('%s is an error with the path of the key', (text, message) => {
    expect(errorOf(text)).toMatch(message);
  });
});

describe('the error', () => {
  const policy = `{
  "name": "ours",
  "levels": { "yellow": 60, "red": 50 },
  "rules": [
    { "signal": "downloads", "below": 300, "points": -5 },
    { "signal": "weather", "below": 300, "points": 5 }
  ],
  "gates": {
    "cooldown": { "days": "three" },
    "yanked": { "enabled": true, "does": "explode" },
    "bogus": {}
  },
  "allow": [{ "name": "left pad", "reason": "", "versions": "newest", "until": "tomorrow" }]
}
`;

  test('lists all problems with their lines', () => {
    expect(errorOf(policy)).toBe(`the policy file is not valid
  line 3: \`levels\`: \`yellow\` must be above 0 and not above \`red\`
  line 5: \`rules.0.points\`: must be at least 0, is -5
  line 6: \`rules.1.signal\`: must be \`downloads\` or \`stars\` or \`versionsCount\` or \`lastModified\` or \`similarNames\`, is "weather"
  line 9: \`gates.cooldown.days\`: must be a number, is "three"
  line 10: \`gates.yanked.does\`: must be \`hold\` or \`block\`, is "explode"
  line 11: \`gates.bogus\` is not a key of a policy
  line 13: \`allow.0.name\`: must be a project name; \`*\` matches any characters
  line 13: \`allow.0.versions\`: must be a version specifier such as \`<2\` or \`==1.4.*\`
  line 13: \`allow.0.reason\`: must not be empty
  line 13: \`allow.0.until\`: must be a date such as \`2027-01-31\``);
  });

  test.each([
    ['a trailing comma', '{\n  "name": "ours",\n}', /^ {2}line 3: not JSON: Expected double-quoted property name/m],
    ['an unquoted string', '{\n  "name": ours\n}', /^ {2}line 2: not JSON: Unexpected token 'o'/m],
    ['an early end', '{\n  "name": "ours"\n', /^ {2}line [23]: not JSON: Expected/m],
    ['YAML', 'name: ours\nrules: []\n', /^ {2}line 1: not JSON: .*\(a policy file is JSON, not YAML or TOML\)/m],
    ['a duplicate key', '{\n"name": "a",\n"name": "b"\n}', /^ {2}line 3: duplicate key `name`/m],
    ['a duplicate key with an escape', '{"name":"a",\n"n\\u0061me":"b"}', /^ {2}line 2: duplicate key `name`/m],
    ['an empty file', '', /line 1: not JSON/],
    ['a list', '[]', /line 1/],
    ['a prototype', '{"name":"a","__proto__":{"rules":[]}}', /line 1: `__proto__` is not a key/],
  ])('names the line of %s', (_description, text, message) => {
    expect(errorOf(text)).toMatch(message);
  });

  test('lists at most ten problems and the number of others', () => {
    const block = Array.from({ length: 40 }, () => ({ name: 'a' }));
    expect(errorOf(JSON.stringify({ name: 'x', block }))).toMatch(/and 30 more$/);
  });
});

describe('a hostile file is rejected quickly:', () => {
  const laughs = [
    'a: &a ["lol","lol"]',
    ...'bcdefghi'.split('').map((key, index) => `${key}: &${key} [*${'abcdefgh'[index]}]`),
  ].join('\n');
  test.each([
    ['a hundred megabytes', () => `{"name":"${'x'.repeat(100_000_000)}"}`, /larger than 1048576 bytes/],
    ['a million brackets', () => '['.repeat(1_000_000), /more than 16 levels of nesting/],
    [
      'a million keys',
      () => `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join()}}`,
      /more than 10000 values/,
    ],
    ['a million quotes', () => '"'.repeat(1_000_000), /not JSON/],
    ['a backslash run', () => `{"${'\\\\'.repeat(500_000)}`, /not JSON/],
    ['nested YAML aliases', () => laughs, /not YAML or TOML/],
    ['line ends alone', () => '\n'.repeat(1_000_000), /not JSON/],
    ['a thousand lists in a list', () => `{"name":"x","block":[${'[],'.repeat(300_000)}[]]}`, /more than 10000 values/],
    ['ten thousand wrong entries', () => `{"name":"x","block":[${'[],'.repeat(9_990)}[]]}`, /and \d+ more/],
  ])('%s', (_description, make, message) => {
    const text = make();
    const started = performance.now();
    expect(errorOf(text)).toMatch(message);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the JSON schema', () => {
  const file = path.join(import.meta.dirname, '../../src/firewall/policy.schema.json');

  test('in the repository is up to date', async () => {
    if (process.env.UPDATE_SCHEMA !== undefined) await writeFile(file, JSON.stringify(policyJsonSchema(), null, 2));
    const written: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(written, 'set UPDATE_SCHEMA=1 to regenerate it').toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  test('may be named in a policy file', () => {
    expect(loadPolicy(JSON.stringify({ $schema: './policy.schema.json', ...referencePolicy }))).toEqual(
      referencePolicy,
    );
    expect(policyJsonSchema()).toMatchObject({ type: 'object', required: ['name'], additionalProperties: false });
  });
});

test('the policy that docs/firewall.md shows is valid', async () => {
  const readme = await readFile(path.join(import.meta.dirname, '../../docs/firewall.md'), 'utf8');
  const [, shown = ''] = /```json\n([\s\S]+?)```/.exec(readme) ?? [];
  expect(loadPolicy(shown)).toMatchObject({
    name: 'ours',
    gates: { cooldown: { days: 7 } },
    notify: { on: ['BLOCKED'] },
  });
});
