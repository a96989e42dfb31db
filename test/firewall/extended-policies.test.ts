import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Policy, policyVersion, recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { policyWarnings } from '../../src/firewall/policy-warnings.ts';
import { readPolicyText } from '../../src/firewall/read-policy-text.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'awspip-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes files and reads the first one. */
async function read(files: Readonly<Record<string, string | Buffer>>): Promise<Policy> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return loadPolicy(await readPolicyText(path.join(folder, Object.keys(files)[0] ?? '')));
}

describe('a policy that extends another', () => {
  test('is that policy under its own name if it says nothing else', () => {
    expect(loadPolicy('name: x\nextends: reference')).toEqual({ ...referencePolicy, name: 'x' });
    expect(loadPolicy('name: x\nextends: recommended')).toEqual({ ...recommendedPolicy, name: 'x' });
  });

  test('appends lists, merges objects and replaces other values', () => {
    const rule = { when: 'yanked', points: 5, text: 'Yanked' };
    const policy = loadPolicy(
      JSON.stringify({
        ...{ name: 'x', extends: 'recommended', rules: [rule], levels: { red: 60, yellow: 40 } },
        gates: { cooldown: { days: 7 }, yanked: { does: 'block' }, installCode: { ranked: ['network'] } },
      }),
    );
    expect(policy.rules).toEqual([...recommendedPolicy.rules, { ...rule, unknown: 'interval' }]);
    expect(policy.levels).toEqual({ red: 60, yellow: 40 });
    expect(policy.gates.cooldown).toEqual({ ...recommendedPolicy.gates.cooldown, days: 7 });
    expect(policy.gates.yanked).toMatchObject({ enabled: true, does: 'block' });
    expect(policy.gates.installCode).toMatchObject({ ranked: ['network'], enabled: true });
    expect(policy.gates.sdistOnly.enabled).toBe(false);
  });

  test('may be in another folder, and extend a third', async () => {
    const policy = await read({
      'team/a.yaml':
        'name: a\nextends: ../company/b.json\ngates:\n  - { name: own-a, when: yanked, does: hold, text: a }\n',
      'company/b.json': '{ "name": "b", "extends": "./c.yml", "block": [{ "name": "b", "reason": "b" }] }',
      'company/c.yml':
        'name: c\nextends: reference\nblock: [{ name: c, reason: c }]\ngates: { own: [{ name: own-c, when: yanked, does: hold, text: c }] }\n',
    });
    expect(policy).toMatchObject({
      name: 'a',
      block: [{ name: 'c' }, { name: 'b' }],
      gates: { malware: { enabled: false }, own: [{ name: 'own-c' }, { name: 'own-a' }] },
    });
  });

  test.each([
    ['itself', { 'self.yaml': 'name: a\nextends: ./self.yaml' }, /extends itself/],
    [
      'a file that extends it',
      { 'x.yaml': 'name: a\nextends: y.yaml', 'y.yaml': 'name: b\nextends: x.yaml' },
      /itself/,
    ],
    ['a missing file', { 'm.yaml': 'name: a\nextends: gone.yaml' }, /cannot read the policy file .*gone\.yaml/],
    ['a folder', { 'f.yaml': 'name: a\nextends: .' }, /cannot read the policy file/],
    [
      'an invalid file',
      { 'i.yaml': 'name: a\nextends: bad.yaml', 'bad.yaml': 'name: b\nbogus: 1' },
      /bad\.yaml is not valid\n {2}line 2, column 1/,
    ],
    [
      'a file with the same gate',
      {
        'g.yaml': 'name: a\nextends: h.yaml\ngates: [{ name: g, when: yanked, does: hold, text: x }]',
        'h.yaml': 'name: b\ngates: [{ name: g, when: yanked, does: hold, text: x }]',
      },
      /two gates have the same name/,
    ],
    [
      'too many files',
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`n${i}.yaml`, `name: a\nextends: n${i + 1}.yaml`])),
      /more than 8 policy files/,
    ],
    ['UTF-16', { 'u.yaml': Buffer.from('\uFEFFname: a', 'utf16le') }, /line 1, column 1: the file is not UTF-8/],
    ['10 MB', { 'big.yaml': `name: a\n# ${'x'.repeat(10_000_000)}` }, /larger than/],
  ])('of %s is an error', async (_description, files, message) => {
    await expect(read(files as Record<string, string>)).rejects.toThrow(message);
  });

  test('in one document alone, an extended file is an error', () => {
    expect(() => loadPolicy('name: a\nextends: ./b.yaml')).toThrow(/`extends` names the file .\/b.yaml/);
  });
});

test('gates may be a list of own gates, next to the recommended ones', () => {
  const gate = { name: 'g', when: 'yanked', does: 'hold', text: 'Yanked' };
  const listed = loadPolicy(JSON.stringify({ name: 'x', gates: [gate] }));
  expect(listed.gates).toMatchObject({ malware: { enabled: true }, cooldown: { days: 3 }, own: [{ name: 'g' }] });
  expect(loadPolicy(JSON.stringify({ name: 'x', gates: { own: [gate] } }))).toEqual(listed);
});

test.each([
  ['a built-in gate', '[{ name: malware, when: yanked, does: hold, text: x }]', /is the name of a built-in gate/],
  ['a rule', '[{ name: downloads, when: yanked, does: hold, text: x }]', /is the name of a built-in gate/],
  [
    'two gates with one name',
    '[{ name: a, when: yanked, does: hold, text: x }, { name: a, when: yanked, does: hold, text: x }]',
    /two gates/,
  ],
  [
    'points for install-time code',
    '[]\nrules: [{ when: "\'shell\' in installCode", points: 1, text: x }]',
    /install-time code has no points/,
  ],
  [
    'install-time code with another signal',
    '[{ name: a, when: "\'shell\' in installCode && stars < 3", does: hold, text: x }]',
    /can also use `name`/,
  ],
])('%s is an error', (_description, gates, message) => {
  expect(() => loadPolicy(`name: x\ngates: ${gates}`)).toThrow(message);
});

describe('the version of a policy', () => {
  const versionOf = (text: string): string => policyVersion(loadPolicy(`name: x\n${text}`));
  const plain = versionOf('');

  test.each([
    'ignore: []',
    'notify: { on: [] }',
    'gates: []',
    'gates: { cooldown: { except: [] } }',
    'extends: recommended',
    'gates: { yanked: { enabled: false, does: block } }',
    '# a comment',
  ])('stays with %s', (text) => expect(versionOf(text)).toBe(plain));

  test.each([
    'newest: 2026-11-20',
    'ignore: [{ id: CVE-1, reason: x }]',
    'gates: [{ name: a, when: yanked, does: hold, text: x }]',
    'gates: { cooldown: { except: [{ name: a, reason: x }] } }',
    'rules: [{ when: yanked, points: 1, text: x }]',
    'extends: reference',
  ])('changes with %s', (text) => expect(versionOf(text)).not.toBe(plain));
});

test('warnings name what is probably a mistake', () => {
  const policy = loadPolicy(`name: x
extends: reference
levels: { yellow: 200, red: 300 }
rules:
  - { signal: downloads, below: 1000, points: 20 }
  - { when: 1 == 1, points: 1, text: always }
allow: [{ name: "*", reason: all }, { name: a, reason: x, until: 2020-01-31 }]
block: [{ name: "*", reason: none }]
ignore: [{ id: CVE-1, reason: x, until: 2020-01-31 }]
gates: { cooldown: { except: [{ name: a, reason: x, until: 2020-01-31 }] } }
`);
  const now = Date.parse('2026-11-23T00:00:00Z');
  expect(policyWarnings(policy, now).map(({ key }) => key)).toEqual([
    ...['allow.0', 'allow.1', 'ignore.0', 'gates.cooldown.except.0'],
    ...['levels.yellow', 'levels.red', 'gates.malware', 'rules.5', 'rules.6.when'],
  ]);
  expect(policyWarnings(recommendedPolicy, now)).toEqual([]);
});
