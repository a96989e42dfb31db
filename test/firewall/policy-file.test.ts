import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parsePolicyText } from '../../src/firewall/parse-policy-text.ts';
import { recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { policyJsonSchema } from '../../src/firewall/policy-json-schema.ts';
import { schemaKeys } from '../helpers/schema-keys.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/policies');

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
    ['{', /line 1, column 2: flow map must end with a \}/],
    ['[]', /must be an object/],
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
  line 3, column 3: \`levels\`: \`yellow\` must be above 0 and not above \`red\`
  line 5, column 54: \`rules.0.points\`: must be at least 0, is -5
  line 6, column 17: \`rules.1.signal\`: must be \`downloads\` or \`stars\` or \`versionsCount\` or \`lastModified\` or \`similarNames\` or \`established\`, is "weather"
  line 9, column 27: \`gates.cooldown.days\`: must be a number, is "three"
  line 10, column 42: \`gates.yanked.does\`: must be \`hold\` or \`block\`, is "explode"
  line 11, column 5: \`gates.bogus\` is not a key of a policy
  line 13, column 23: \`allow.0.name\`: must be a project name; \`*\` matches any characters
  line 13, column 45: \`allow.0.reason\`: must not be empty
  line 13, column 61: \`allow.0.versions\`: must be a version specifier such as \`<2\` or \`==1.4.*\`
  line 13, column 80: \`allow.0.until\`: must be a date such as \`2027-01-31\``);
  });

  test.each([
    [
      'a missing comma',
      '{\n  "name": "ours" "rules": []\n}',
      /line 2, column 18: unexpected double-quoted-scalar token/,
    ],
    [
      'a missing comma after a number',
      '{"name":"a","levels":{"yellow":4 "red":5}}',
      /column 32: a comma or a quote is missing/,
    ],
    ['an early end', '{\n  "name": "ours"\n', /line 3, column 1: flow map must end with a \}/],
    ['a missing quote', 'name: ours\nblock: [{ name: "a }]\n', /line 3, column 1: missing closing "quote/],
    ['a second end', '{"name":"a"}}', /line 1, column 13: unexpected flow-map-end/],
    [
      'a tab as indentation',
      'name: ours\nlevels:\n\tred: 50\n',
      /line 3, column 1: tabs are not allowed as indentation/,
    ],
    [
      'wrong indentation',
      'name: ours\nlevels:\n    red: 50\n  yellow: 40\n',
      /line 4, column 1: all mapping items must start at the same column/,
    ],
    ['a duplicate key', '{\n"name": "a",\n"name": "b"\n}', /line 3, column 1: duplicate key `name`/],
    ['a duplicate key with an escape', '{"name":"a",\n"n\\u0061me":"b"}', /line 2, column 1: duplicate key `name`/],
    ['a duplicate key in YAML', 'name: a\nlevels: { red: 1, red: 2 }\n', /line 2, column 19: duplicate key `red`/],
    ['a list as a key', 'name: a\n? [x]\n: y\n', /line 2, column 3: a key must be text/],
    ['an anchor', 'name: &a ours\nlevels: *a\n', /line 1, column 7: anchors and aliases are not supported/],
    ['a merge key', 'name: a\n<<: { newest: "2026-11-20" }\n', /line 2, column 1: `<<` is not a key/],
    ['a tag', 'name: !!binary ours\n', /line 1, column 7: tags are not supported/],
    ['a directive', '%YAML 1.1\n---\nname: ours\n', /line 1, column 1: directives are not supported/],
    ['a second document', 'name: a\n---\nname: b\n', /line 2, column 1: /],
    ['text that is not UTF-8', 'name: ours\n# \uFFFD\n', /line 2, column 3: the file is not UTF-8 text/],
    ['a NUL character', 'name: ours\0', /line 1, column 11: the file is not UTF-8 text/],
    ['an empty file', '', /line 1, column 1: /],
    ['a list', '[]', /line 1, column 1: a policy must be an object/],
    [
      'a version that YAML reads as a number',
      'name: a\nblock: [{ name: b, versions: 1.0, reason: c }]',
      /line 2, column 30/,
    ],
    ['a prototype', '{"name":"a","__proto__":{"rules":[]}}', /line 1, column 13: `__proto__` is not a key/],
    [
      'a prototype in a gate',
      'name: a\ngates:\n  constructor: {}\n',
      /line 3, column 3: `gates.constructor` is not a key/,
    ],
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
    ['many characters of several bytes', () => `name: a\n# ${'…'.repeat(400_000)}\nnewest: 2026-11-20`, /larger than/],
    ['a million brackets', () => '['.repeat(1_000_000), /more than 16 levels of nesting/],
    [
      'a million keys',
      () => `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join()}}`,
      /more than 10000 values/,
    ],
    ['a million quotes', () => '"'.repeat(1_000_000), /more than 300000 tokens/],
    ['a backslash run', () => `{"${'\\\\'.repeat(500_000)}`, /missing closing "quote/],
    ['nested YAML aliases', () => laughs, /line 1, column 4: anchors and aliases are not supported/],
    ['line ends alone', () => '\n'.repeat(1_000_000), /more than 300000 tokens/],
    [
      'a thousand lists in a list',
      () => `{"name":"x","block":[${'[],'.repeat(300_000)}[]]}`,
      /more than 300000 tokens/,
    ],
    ['a list in a list in YAML', () => '- '.repeat(500_000), /line 1, column 33: more than 16 levels/],
    ['a key in a key', () => 'a: '.repeat(90_000), /line 1, column 4: nested mappings/],
    [
      'stairs',
      () => Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /more than 200 columns|levels/,
    ],
    ['half-open comments', () => `{${'/*'.repeat(500_000)}`, /line 1/],
    ['ten thousand wrong entries', () => `{"name":"x","block":[${'[],'.repeat(9_990)}[]]}`, /and \d+ more/],
  ])('%s', (_description, make, message) => {
    const text = make();
    const started = performance.now();
    expect(errorOf(text)).toMatch(message);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('YAML and JSON with comments say the same', () => {
  const json = `// Ours
{
\t"name": "ours", /* the name */
\t"newest": "2026-11-20T00:00Z", // not "later"
\t"block": [{ "name": "a", "reason": "see https://example.org/*" },],
}`;
  const yaml = `# Ours
name: ours
newest: 2026-11-20T00:00Z
block:
  - name: a
    reason: see https://example.org/*
`;
  expect(loadPolicy(json)).toEqual(loadPolicy(yaml));
  expect(loadPolicy(yaml)).toMatchObject({ newest: '2026-11-20T00:00Z', block: [{ name: 'a' }] });
});

describe('the JSON schema', () => {
  const file = path.join(import.meta.dirname, '../../src/firewall/policy.schema.json');

  test('in the repository is up to date', async () => {
    if (process.env.UPDATE_SCHEMA !== undefined) await writeFile(file, JSON.stringify(policyJsonSchema(), null, 2));
    const written: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(written, 'set UPDATE_SCHEMA=1 to regenerate it').toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  test('says what every key means', () => {
    const keys = schemaKeys(policyJsonSchema());
    expect(keys.length).toBeGreaterThan(100);
    expect(keys.filter(({ meaning }) => meaning === undefined).map(({ path }) => path)).toEqual([]);
  });

  test('may be named in a policy file', () => {
    expect(loadPolicy(JSON.stringify({ $schema: './policy.schema.json', ...referencePolicy }))).toEqual(
      referencePolicy,
    );
    expect(policyJsonSchema()).toMatchObject({ type: 'object', required: ['name'], additionalProperties: false });
  });
});

test('the conditions and the indexes that docs/reference/policy.md shows are valid', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/reference/policy.md'), 'utf8');
  const shown = [...page.matchAll(/```yaml\n([\s\S]+?)```/g)].map(([, text = '']) => text);
  const conditions = shown.find((text) => text.includes('when: ')) ?? '';
  expect(loadPolicy(conditions)).toMatchObject({ name: 'ours', gates: { own: [{ does: 'block' }] } });
  const indexes = shown.find((text) => text.includes('indexes:')) ?? '';
  expect(loadPolicy(indexes).indexes).toMatchObject([{ names: ['torch', 'torchvision', 'nvidia-*'] }]);
});

test.each(readdirSync(fixtures))('the JSON schema accepts %s', async (file) => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(policyJsonSchema());
  const parsed = parsePolicyText(await readFile(path.join(fixtures, file), 'utf8'));
  expect('value' in parsed && validate(parsed.value), JSON.stringify(validate.errors)).toBe(true);
});

test('the policy that docs/reference/policy.md shows is valid', async () => {
  const readme = await readFile(path.join(import.meta.dirname, '../../docs/reference/policy.md'), 'utf8');
  const [, shown = ''] = /```json\n([\s\S]+?)```/.exec(readme) ?? [];
  expect(loadPolicy(shown)).toMatchObject({
    name: 'ours',
    gates: { cooldown: { days: 7 } },
    notify: { on: ['BLOCKED'] },
  });
});
