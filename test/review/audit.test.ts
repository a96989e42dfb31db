import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonDocument } from '../../src/cli/json-document.ts';
import { auditJson, auditJunit, auditResult, auditSarif, auditText } from '../../src/cli/review/audit-result.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { Release } from '../../src/index/types.ts';
import { auditPackage, type PackageFacts } from '../../src/review/audit.ts';
import { type AuditServices, auditPackages } from '../../src/review/audit-environment.ts';
import { checkIntegrity, recordRows } from '../../src/review/installed-integrity.ts';
import { headerValues, installedFile } from '../../src/review/read-installed.ts';
import { attestation, cyclonedx } from '../../src/review/sbom.ts';
import type { InstalledPackage } from '../../src/review/types.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { cyclonedxViolations, sarifViolations } from '../helpers/json-schemas.ts';
import { hostileText, steeringCharacters } from '../messages/recording-terminal.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-30T19:00:00Z');
const name = normaliseName('fine');
const wheelName = 'fine-1.0-py3-none-any.whl';
const digest = 'a'.repeat(64);
const installed = (change: Partial<InstalledPackage> = {}): InstalledPackage => ({
  ...{ name, version: '1.0', source: 'index', tags: ['py3-none-any'], metadataFolder: '/e/fine-1.0.dist-info' },
  ...change,
});
const record = (status: ReleaseRecord['status'], change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  ...{ name, version: '1.0', status, execution: 'x-1', leaseUntil: 0, requestedBy: 'a@b' },
  ...{ createdAt: '2026-11-01T00:00:00Z', updatedAt: '2026-11-02T00:00:00Z', policyVersion: 'recommended-1' },
  ...change,
});
const facts = (change: Partial<PackageFacts> = {}): PackageFacts => ({
  record: record('SECURE'),
  files: { name, version: '1.0', revision: 'r', sha256: { [wheelName]: digest } },
  metadata: new Map([[digest, 'm'.repeat(64)]]),
  decisions: [],
  malware: [],
  listed: undefined,
  isPublished: false,
  ...change,
});
const decision = (kind: Approval['kind'], change: Partial<Approval> = {}): Approval => ({
  ...{ id: kind, name, specifier: '', kind, reason: 'we say so', owner: 'lea', createdAt: '2026-11-03T00:00:00Z' },
  ...change,
});
const changed = { changed: ['fine/__init__.py'], missing: 0, checked: 3 };

test.each<[string, Partial<InstalledPackage>, Partial<PackageFacts>, string]>([
  ['a vetted release', {}, {}, 'vetted'],
  ['one without a record', {}, { record: undefined }, 'unvetted'],
  ['one of the company, which the vetted repository lists', {}, { record: undefined, isPublished: true }, 'exempt'],
  [
    'one of the company that a person denied',
    {},
    { record: undefined, isPublished: true, decisions: [decision('deny')] },
    'denied',
  ],
  [
    'one of the company with changed files',
    { integrity: changed },
    { record: undefined, isPublished: true },
    'changed-files',
  ],
  ['one whose vetting failed', {}, { record: record('ERROR') }, 'unvetted'],
  ['one that was blocked later', {}, { record: record('BLOCKED') }, 'blocked'],
  ['one on the list of the policy', {}, { listed: { name: 'fine', reason: 'no' } as never }, 'blocked'],
  ['a listed one that a person approved', {}, { listed: {} as never, decisions: [decision('approve')] }, 'vetted'],
  ['one that a person denied', {}, { decisions: [decision('deny')] }, 'denied'],
  [
    'one whose denial has expired',
    {},
    { decisions: [decision('deny', { expiresAt: '2026-11-04T00:00:00Z' })] },
    'vetted',
  ],
  ['one on hold', {}, { record: record('HELD') }, 'on-hold'],
  ['one within cooldown', {}, { record: record('HELD', { heldUntil: '2026-12-24T00:00:00Z' }) }, 'within-cooldown'],
  ['one under way', {}, { record: record('COPY') }, 'still-vetting'],
  ['a vetted one that gets further files', {}, { record: record('INGEST', { wasSecure: true }) }, 'vetted'],
  ['known malware, also if it is vetted', {}, { malware: ['MAL-2026-1'] }, 'malware'],
  ['known malware from another package manager', { source: 'manager' }, { malware: ['MAL-2026-1'] }, 'malware'],
  [
    'one from a repository',
    { source: 'elsewhere', origin: 'https://example.org/x' },
    { record: undefined },
    'unvetted',
  ],
  ['your own project', { source: 'own' }, { record: undefined }, 'exempt'],
  ['what Python carries', { source: 'seeded' }, { record: undefined }, 'exempt'],
  ['one with changed files', { integrity: changed }, {}, 'changed-files'],
  ['your own project with changed files', { source: 'own', integrity: changed }, {}, 'changed-files'],
  ['one from a file that is not vetted', { sha256: 'b'.repeat(64) }, {}, 'changed-files'],
  ['one from the vetted file', { sha256: digest }, {}, 'vetted'],
  ['one with the metadata of the vetted wheel', { metadataSha256: 'm'.repeat(64) }, {}, 'vetted'],
  ['one with other metadata', { metadataSha256: 'n'.repeat(64) }, {}, 'changed-files'],
  [
    'one that may have been built from a vetted sdist',
    { metadataSha256: 'n'.repeat(64) },
    {
      files: {
        name,
        version: '1.0',
        revision: 'r',
        sha256: { [wheelName]: digest, 'fine-1.0.tar.gz': 'c'.repeat(64) },
      },
    },
    'vetted',
  ],
])('%s is judged', (_, item, known, state) => {
  expect(auditPackage(installed(item), facts(known), now).state).toBe(state);
});

describe('an audit', () => {
  const services = (change: Partial<AuditServices['records']> = {}, calls: string[] = []): AuditServices => ({
    records: {
      readReleases: async (releases: readonly Release[]) => {
        calls.push(`records of ${releases.length}`);
        return releases.map(({ version }) => (version === '1.0' ? record('SECURE') : undefined));
      },
      vettedFiles: async (releases) => releases.map(() => undefined),
      metadataOf: async (releases) => releases.map(() => new Map()),
      auditEntries: async () => ({ entries: [], complete: true }),
      listedReleases: async (releases) => releases.map(() => false),
      ...change,
    },
    policy: { block: [], internal: ['secret-*'] },
    malware: undefined,
    now: () => now,
  });

  test('reads all records at once, and all decisions from their log', async () => {
    const calls: string[] = [];
    const items = Array.from({ length: 300 }, (_, at) => installed({ name: normaliseName(`p${at}`) }));
    const denied = decision('deny', { name: normaliseName('p7') });
    const audit = await auditPackages(
      items,
      services(
        {
          auditEntries: async () => {
            const entry = { id: denied.id, at: denied.createdAt, actor: { by: 'lea@laptop', from: 'laptop' } };
            return { entries: [{ ...entry, kind: 'decision', before: null, after: denied }], complete: true };
          },
        },
        calls,
      ),
    );
    expect(calls).toEqual(['records of 300']);
    expect(audit.packages.filter(({ state }) => state !== 'vetted').map((each) => each.package.name)).toEqual(['p7']);
  });

  test('asks the vetted repository only for releases of an index that have no record', async () => {
    const asked: string[] = [];
    const listedReleases = async (releases: readonly Release[]) => {
      asked.push(...releases.map((release) => `${release.name} ${release.version}`));
      return releases.map((release) => release.name === 'acme-app');
    };
    const items = [
      installed(),
      installed({ name: normaliseName('acme-app'), version: '2.0' }),
      installed({ name: normaliseName('other'), version: '2.0' }),
      installed({ name: normaliseName('project'), version: '2.0', source: 'own' }),
    ];
    const audit = await auditPackages(items, services({ listedReleases }));
    expect(asked).toEqual(['acme-app 2.0', 'other 2.0']);
    expect(audit.packages.map(({ state }) => state)).toEqual(['vetted', 'exempt', 'unvetted', 'exempt']);
  });

  test('finds records under the normal form of a version', async () => {
    const audit = await auditPackages([installed({ version: '1.0.' }), installed({ version: 'v1.0' })], services());
    expect(audit.packages[1]?.state).toBe('vetted');
  });

  test('sends no internal name to the feed, and says which packages have no answer', async () => {
    const asked: string[] = [];
    const malware: AuditServices['malware'] = async (project) => {
      asked.push(project);
      const signal = { source: 'OSV', fetchedAt: '2026-11-30T00:00:00Z' };
      return project === 'fine'
        ? { known: true, value: ['MAL-1'], ...signal }
        : { known: false, why: 'timed out', ...signal };
    };
    const items = [
      installed(),
      installed({ name: normaliseName('secret-a') }),
      installed({ name: normaliseName('other') }),
    ];
    const audit = await auditPackages(items, { ...services(), malware });
    expect(asked).toEqual(['fine', 'other']);
    expect(audit.unanswered).toEqual([{ why: 'OSV timed out', packages: 1 }]);
    expect(audit.packages.map(({ state }) => state)).toEqual(['malware', 'vetted', 'vetted']);
  });
});

describe('the result', () => {
  const environment = { python: '/e/bin/python', prefix: '/e', packages: [] };
  const of = (...facts_: [Partial<InstalledPackage>, Partial<PackageFacts>][]) =>
    facts_.map(([item, known]) => auditPackage(installed(item), facts(known), now));
  const bad = of(
    [{}, {}],
    [{ version: '2' }, { record: undefined }],
    [{ source: 'own' }, {}],
    [{ version: '3' }, { malware: ['MAL-1'] }],
  );

  test.each([
    ['nothing to report', of([{}, {}]), [], 0],
    ['only a silent feed', of([{}, {}]), [{ why: 'OSV timed out', packages: 1 }], 69],
    ['a release on hold, and a silent feed', of([{}, { record: record('HELD') }]), [{ why: 'x', packages: 1 }], 11],
    ['an unvetted release, and one on hold', of([{}, { record: undefined }], [{}, { record: record('HELD') }]), [], 10],
  ])('has the exit code for %s', (_, packages, unanswered, exitCode) => {
    expect(auditResult({ packages, unanswered }, environment).exitCode).toBe(exitCode);
  });

  test('is readable', () => {
    expect(auditText(auditResult({ packages: bad, unanswered: [] }, environment), now, plainStyle)).toBe(
      [
        'unvetted  fine 2 was never vetted',
        'malware   fine 3 is known malware (MAL-1)',
        '4 packages in /e: 1 vetted, 1 exempt, 2 findings',
        '',
        'hint: remove `fine` and create the environment again from vetted packages',
        'hint: vet what is missing: `awspip vet fine==2`',
        '',
      ].join('\n'),
    );
  });

  test('has times in local form for people', () => {
    const held = of([{}, { record: record('HELD', { heldUntil: '2026-12-01T00:00:00.000Z' }) }]);
    const text = auditText(auditResult({ packages: held, unanswered: [] }, environment), now, plainStyle);
    expect(text).toContain('is within cooldown until Dec 1, 00:00 (in 5 h)');
  });

  test('is valid SARIF, JUnit and JSON, and steers no terminal', () => {
    const facts_ = { version: '1', cwd: '/w', root: '/w', fallback: 'requirements.txt' };
    const hostile = of([{ version: hostileText, source: 'elsewhere', origin: hostileText }, { record: undefined }]);
    const result = auditResult(
      { packages: [...bad, ...hostile], unanswered: [{ why: hostileText, packages: 1 }] },
      environment,
    );
    const sarif = auditSarif(result, facts_);
    expect(sarifViolations(JSON.parse(sarif))).toEqual([]);
    expect(JSON.parse(sarif).runs[0].results).toHaveLength(3);
    const junit = auditJunit(result);
    expect(junit).toContain('tests="6" failures="3" errors="1" skipped="1"');
    for (const text of [
      sarif,
      junit,
      auditText(result, now, plainStyle),
      auditJson(result, { version: '1', stack: 'aws' }),
    ])
      expect(text).not.toMatch(steeringCharacters);
  });
});

describe('the files of a distribution', () => {
  test('are compared with its RECORD', async () => {
    const site = await mkdtemp(path.join(os.tmpdir(), 'awspip-record-'));
    const metadata = path.join(site, 'fine-1.0.dist-info');
    await mkdir(metadata);
    await writeFile(path.join(site, 'a.py'), 'a');
    await writeFile(path.join(site, 'b,c.py'), 'changed');
    const sha = (text: string) => createHash('sha256').update(text).digest('base64url');
    const rows = [
      `a.py,sha256=${sha('a')},1`,
      `"b,c.py",sha256=${sha('b')},1`,
      `gone.py,sha256=${sha('')},0`,
      'fine-1.0.dist-info/RECORD,,',
    ];
    await writeFile(path.join(metadata, 'RECORD'), rows.join('\r\n'));
    expect(await checkIntegrity(metadata, site)).toEqual({ changed: ['b,c.py'], missing: 1, checked: 3 });
    await rm(path.join(metadata, 'RECORD'));
    expect(await checkIntegrity(metadata, site)).toBeUndefined();
    await rm(site, { recursive: true });
  });

  test('a RECORD has rows with and without quotes', () => {
    const digest = 'A'.repeat(43);
    expect(recordRows(`"a""b.py",sha256=${digest},1\nc.pyc,,\nd.py,md5=abc,1\ne.py,sha256=${digest}=,2`)).toEqual([
      { file: 'a"b.py', digest },
      { file: 'e.py', digest },
    ]);
  });

  test('the installed wheel is the vetted one with the same tags, if there is only one', () => {
    const vetted = {
      'fine-1.0-py2.py3-none-any.whl': 'a',
      'fine-1.0-cp312-cp312-linux_x86_64.whl': 'b',
      'fine-1.0.tar.gz': 'c',
    };
    const find = (tags: readonly string[], sha256?: string) => installedFile({ name, tags, sha256 }, vetted)?.sha256;
    expect(find(['py3-none-any', 'py2-none-any'])).toBe('a');
    expect(find(['cp312-cp312-linux_x86_64'])).toBe('b');
    expect(find(['cp313-cp313-linux_x86_64'])).toBeUndefined();
    expect(find([])).toBeUndefined();
    expect(find([], 'c')).toBe('c');
  });
});

test('headers of hostile metadata are read in linear time', () => {
  const spaces = ' '.repeat(500_000);
  expect(headerValues(`Name: a\r\nLicense:${spaces}b${spaces}\r\ntag: x\nTag: y \n\nTag: body`, 'License')).toEqual([
    'b',
  ]);
  expect(headerValues('tag: x\r\nTag: y \r\n\r\nTag: body', 'Tag')).toEqual(['x', 'y']);
});

describe('a bill of materials', () => {
  const bomFacts = {
    version: '1.2.3',
    timestamp: '2026-11-30T19:00:00.000Z',
    subject: '/e',
    serialNumber: '3e671687-395b-41f5-a30f-a58921a69b79',
  };
  const licence = (text: string, isExpression = false) => ({ licence: { text, isExpression } });
  const packages = [
    auditPackage(installed(licence('MIT')), facts(), now),
    auditPackage(
      installed({ ...licence('MIT AND Apache-2.0', true), name: normaliseName('two') }),
      facts({ malware: ['MAL-1'] }),
      now,
    ),
    auditPackage(
      installed({ ...licence('MIT OR ISC'), name: normaliseName('three') }),
      facts({ record: undefined }),
      now,
    ),
    auditPackage(
      installed({ ...licence(hostileText), version: hostileText, name: normaliseName('four') }),
      facts(),
      now,
    ),
    auditPackage(installed({ name: normaliseName('five'), source: 'own' }), facts({ record: undefined }), now),
  ].map((audited, at) => ({ ...audited, vetted: at === 0 ? { [wheelName]: digest } : {} }));
  const bom = cyclonedx(packages, bomFacts);

  test('is valid under the schema of CycloneDX 1.6', () => {
    expect(cyclonedxViolations(JSON.parse(JSON.stringify(bom)))).toEqual([]);
    expect(cyclonedxViolations({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{}] })).not.toEqual([]);
    expect(jsonDocument(bom)).not.toMatch(steeringCharacters);
  });

  test('has the package URL, digest, licence, verdict and evidence of each release', () => {
    expect(bom.components[0]).toMatchObject({
      purl: 'pkg:pypi/fine@1.0',
      hashes: [{ alg: 'SHA-256', content: digest }],
      licenses: [{ license: { id: 'MIT' } }],
      properties: expect.arrayContaining([
        { name: 'awspip:verdict', value: 'vetted' },
        { name: 'awspip:vettedAt', value: '2026-11-02T00:00:00Z' },
        { name: 'awspip:evidence', value: 'pypi#fine/e#1.0' },
        { name: 'awspip:file', value: wheelName },
      ]),
    });
    expect(bom.components.slice(1, 3).map(({ licenses }) => licenses)).toEqual([
      [{ expression: 'MIT AND Apache-2.0' }],
      [{ expression: 'MIT OR ISC' }],
    ]);
    expect(bom.components[1]).not.toHaveProperty('hashes');
    expect(bom.vulnerabilities).toMatchObject([{ id: 'MAL-1', affects: [{ ref: 'pkg:pypi/two@1.0' }] }]);
  });

  test('becomes an in-toto statement about the installed files', () => {
    expect(attestation(bom)).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'pkg:pypi/fine@1.0', digest: { sha256: digest } }],
      predicateType: 'https://cyclonedx.org/bom',
      predicate: bom,
    });
    expect(attestation(cyclonedx([], bomFacts)).subject).toMatchObject([{ name: 'bom.json' }]);
  });
});
