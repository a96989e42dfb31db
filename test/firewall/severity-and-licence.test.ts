import { describe, expect, test } from 'vitest';
import { openFirewall } from '../../src/firewall/firewall.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { severityOf } from '../../src/firewall/sources/advisory-severity.ts';
import { declaredLicence } from '../../src/firewall/sources/declared-licence.ts';
import type { Sources } from '../../src/firewall/sources/types.ts';
import { known, now, unknown } from './facts.ts';

const vector = (score: string) => ({ severity: [{ type: 'CVSS_V3', score }] });

describe('the severity of an advisory', () => {
  test.each([
    ['in words', { database_specific: { severity: 'HIGH' } }, 'high'],
    ['moderate', { database_specific: { severity: 'MODERATE' } }, 'medium'],
    ['of an affected package', { affected: [{ database_specific: { severity: 'LOW' } }] }, 'low'],
    ['9.8', vector('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'), 'critical'],
    ['9.9 with a changed scope', vector('CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H'), 'critical'],
    ['7.5', vector('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H'), 'high'],
    ['6.1 with a changed scope', vector('CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'), 'medium'],
    ['3.7', vector('CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N'), 'low'],
    ['0', vector('CVSS:3.1/AV:L/AC:H/PR:H/UI:N/S:U/C:N/I:N/A:N'), 'none'],
    [
      'the higher of two',
      { ...vector('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H'), database_specific: { severity: 'LOW' } },
      'high',
    ],
    ['of CVSS 4 alone', vector('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'), undefined],
    [
      'of nonsense',
      { severity: [{ score: 'CVSS:3.1/AV:constructor' }, 7, null], database_specific: 'x', affected: [null] },
      undefined,
    ],
    ['that is missing', {}, undefined],
  ])('%s', (_description, advisory, expected) => {
    expect(severityOf(advisory)).toBe(expected);
  });
});

describe('the licence of a project', () => {
  const classifiers = ['License :: OSI Approved :: MIT License', 'Programming Language :: Python'];
  test.each([
    [
      'is its SPDX expression',
      { license_expression: 'MIT OR Apache-2.0', classifiers, license: 'x' },
      'MIT OR Apache-2.0',
    ],
    ['is the identifier of its classifier', { classifiers, license: 'see LICENSE' }, 'MIT'],
    [
      'may be several classifiers',
      { classifiers: [...classifiers, 'License :: OSI Approved :: BSD License'] },
      'MIT OR BSD License',
    ],
    ['is the first line of its text', { license: '  Acme License\nCopyright…', classifiers: [] }, 'Acme License'],
    ['is empty without any', { license: null, classifiers: null }, ''],
    ['has a limit', { license: 'x'.repeat(100_000) }, 'x'.repeat(200)],
  ])('%s', (_description, info, expected) => {
    expect(declaredLicence(info)).toBe(expected);
  });
});

describe('a signal that only a condition needs', () => {
  const release = {
    uploadedAt: '2026-01-01T00:00:00Z',
    sha256: [],
    kinds: 'both',
    file: 'example.whl',
    yanked: false,
  } as const;
  const asked: string[] = [];
  const note = <T>(what: string, value: T) => {
    asked.push(what);
    return known(value);
  };
  const sources: Sources = {
    project: async () =>
      known({
        newest: '2.0',
        releases: { '1.0': release, '2.0': release },
        repository: null,
        status: null,
        licence: 'MIT',
      }),
    downloads: async () => note('downloads', 50_000),
    stars: async () => unknown,
    malware: async () => known([]),
    vulnerabilities: async () => known([]),
    attested: async () => note('attested', true),
    licence: async (_, version) => note(`licence ${version}`, 'AGPL-3.0-only'),
  };
  const assess = async (policy: string, version: string, isRanked = false) => {
    asked.length = 0;
    const popular = { rankOf: () => (isRanked ? 5 : null), similar: () => [], contained: () => [] };
    const firewall = openFirewall({ policy: loadPolicy(`name: x\n${policy}`), sources, now: () => now, popular });
    return firewall.assess({ name: 'example', version });
  };
  const licence = 'gates: [{ name: licence, when: licence != "MIT", does: block, text: Licence }]';

  test('is asked for: the licence of an older version', async () => {
    expect((await assess(licence, '1.0')).verdict.outcome).toBe('BLOCKED');
    expect(asked).toContain('licence 1.0');
    await assess(licence, '2.0');
    expect(asked).not.toContain('licence 2.0');
    expect((await assess('', '1.0')).signals.licence).toBeUndefined();
    expect((await assess('', '2.0')).signals.licence).toMatchObject({ value: 'MIT' });
  });

  test('is asked for: the attestation', async () => {
    await assess('', '2.0');
    expect(asked).not.toContain('attested');
    await assess('rules: [{ when: attested, points: -5, text: Attested }]', '2.0');
    expect(asked).toContain('attested');
  });

  test('is asked for: the downloads of a popular project, only beyond those that its rank implies', async () => {
    await assess('rules: [{ when: downloads < 300, points: 5, text: Few }]', '2.0', true);
    expect(asked).not.toContain('downloads');
    await assess('rules: [{ when: downloads < 100000000, points: 5, text: Few }]', '2.0', true);
    expect(asked).toContain('downloads');
  });
});

test('the recommended policy has no condition', () => {
  expect(recommendedPolicy.gates.own).toEqual([]);
});
