import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../.build/licences.ts';
import { packageGraph } from '../.build/package-graph.ts';
import { npmPurl, packageSbom, type SbomFacts } from '../.build/sbom.ts';
import { cyclonedxViolations } from './helpers/json-schemas.ts';

const inputs = (files: Readonly<Record<string, readonly string[]>>): Metafile['inputs'] =>
  Object.fromEntries(
    Object.entries(files).map(([file, imports]) => [
      file,
      { bytes: 1, imports: imports.map((to) => ({ path: to, kind: 'import-statement' as const })) },
    ]),
  );

const metafile = (files: Readonly<Record<string, readonly string[]>>, shakenOff: readonly string[] = []) => ({
  inputs: inputs(files),
  outputs: {
    'dist/main.js': {
      ...{ bytes: 1, imports: [], exports: [] },
      inputs: Object.fromEntries(
        Object.keys(files).map((file) => [file, { bytesInOutput: shakenOff.includes(file) ? 0 : 1 }]),
      ),
    },
  },
});

const manifests: Readonly<Record<string, Manifest>> = {
  'node_modules/left': { name: 'left', version: '1.2.3', license: 'MIT' },
  'node_modules/@scope/right': { name: '@scope/right', version: '2.0.0', license: '(MIT OR CC0-1.0)' },
  'node_modules/left/node_modules/@scope/right': {
    name: '@scope/right',
    version: '2.0.0',
    license: '(MIT OR CC0-1.0)',
  },
};
const files = {
  'src/main.ts': ['node_modules/left/index.js'],
  'node_modules/left/index.js': ['node_modules/@scope/right/a.js'],
  'node_modules/@scope/right/a.js': [],
};
const digest = createHash('sha512').update('left').digest();
const facts = (change: Partial<SbomFacts> = {}): SbomFacts => ({
  project: { name: 'awspip', version: '1.0.0', license: 'Apache-2.0', author: 'The awspip authors' },
  metafile: metafile(files),
  lock: { packages: { 'node_modules/left': { integrity: `sha512-${digest.toString('base64')}` } } },
  manifestOf: (folder) => manifests[folder.slice(folder.indexOf('node_modules/'))]!,
  ...change,
});

describe('the bill of materials', () => {
  test('names each bundled package with its purl, licence and, if the lock file has it, its digest', () => {
    expect(packageSbom(facts()).components).toEqual([
      {
        type: 'library',
        'bom-ref': 'pkg:npm/%40scope/right@2.0.0',
        group: '@scope',
        name: 'right',
        version: '2.0.0',
        licenses: [{ expression: '(MIT OR CC0-1.0)' }],
        purl: 'pkg:npm/%40scope/right@2.0.0',
      },
      {
        type: 'library',
        'bom-ref': 'pkg:npm/left@1.2.3',
        name: 'left',
        version: '1.2.3',
        licenses: [{ license: { id: 'MIT' } }],
        purl: 'pkg:npm/left@1.2.3',
        hashes: [{ alg: 'SHA-512', content: digest.toString('hex') }],
      },
    ]);
  });

  test('names what each package imports', () => {
    expect(packageSbom(facts()).dependencies).toEqual([
      { ref: 'pkg:npm/awspip@1.0.0', dependsOn: ['pkg:npm/left@1.2.3'] },
      { ref: 'pkg:npm/%40scope/right@2.0.0', dependsOn: [] },
      { ref: 'pkg:npm/left@1.2.3', dependsOn: ['pkg:npm/%40scope/right@2.0.0'] },
    ]);
  });

  test('has one component for a package in two folders', () => {
    const nested = { ...files, 'node_modules/left/node_modules/@scope/right/a.js': [] };
    const { components } = packageSbom(facts({ metafile: metafile(nested) }));
    expect(components.map(({ purl }) => purl)).toEqual(['pkg:npm/%40scope/right@2.0.0', 'pkg:npm/left@1.2.3']);
  });

  test('has no package that depends on the project, also if a file of the project stands in for another', () => {
    const standIn = { ...files, 'node_modules/@scope/right/a.js': ['src/left-out.ts'], 'src/left-out.ts': [] };
    const { dependencies } = packageSbom(facts({ metafile: metafile(standIn) }));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn)).not.toContain('pkg:npm/awspip@1.0.0');
  });

  test('puts a package below the project that no bundled file imports', () => {
    const copied = { ...files, 'src/main.ts': [] };
    expect(packageSbom(facts({ metafile: metafile(copied) })).dependencies[0]).toEqual({
      ref: 'pkg:npm/awspip@1.0.0',
      dependsOn: ['pkg:npm/left@1.2.3'],
    });
  });

  test('is valid under the schema of CycloneDX, with and without the facts that a publisher fills in', () => {
    const project = { ...facts().project, repository: { url: 'git+https://example.org/awspip.git' } };
    for (const document of [packageSbom(facts()), packageSbom(facts({ project, epoch: 1_790_000_000 }))]) {
      expect(cyclonedxViolations(document)).toEqual([]);
    }
  });

  test('is the same for the same facts, and has another serial number for others', () => {
    expect(packageSbom(facts())).toEqual(packageSbom(facts()));
    const other = packageSbom(facts({ lock: { packages: {} } }));
    expect(other.serialNumber).not.toBe(packageSbom(facts()).serialNumber);
  });

  test('has a timestamp only if SOURCE_DATE_EPOCH names one', () => {
    expect(packageSbom(facts()).metadata).not.toHaveProperty('timestamp');
    expect(packageSbom(facts({ epoch: 0 })).metadata).toHaveProperty('timestamp', '1970-01-01T00:00:00.000Z');
  });

  test('finds digests also if node_modules is a link to another checkout', () => {
    const linked = Object.fromEntries(
      Object.entries(files).map(([file, imports]) => [
        file.replace('node_modules/', '../other/node_modules/'),
        imports.map((to) => to.replace('node_modules/', '../other/node_modules/')),
      ]),
    );
    expect(packageSbom(facts({ metafile: metafile(linked) }))).toEqual(packageSbom(facts()));
  });
});

test('a purl has its scope encoded', () => {
  expect(npmPurl({ name: '@aws-sdk/client-s3', version: '3.1.0+b' })).toBe('pkg:npm/%40aws-sdk/client-s3@3.1.0%2Bb');
});

test('a package without code in the bundle stands for what it imports, also in a circle', () => {
  const graph = packageGraph(
    {
      inputs: inputs({
        'src/main.ts': ['node_modules/index/all.js'],
        'node_modules/index/all.js': ['node_modules/left/a.js', 'node_modules/more/all.js'],
        'node_modules/more/all.js': ['node_modules/index/all.js', 'node_modules/right/a.js'],
        'node_modules/left/a.js': ['node_modules/left/b.js'],
        'node_modules/left/b.js': [],
        'node_modules/right/a.js': [],
      }),
    },
    new Set(['node_modules/left', 'node_modules/right']),
  );
  expect([...(graph.get('') ?? [])].toSorted()).toEqual(['node_modules/left', 'node_modules/right']);
  expect([...(graph.get('node_modules/left') ?? [])]).toEqual([]);
});

const built = path.resolve(import.meta.dirname, '../dist/sbom.cdx.json');

// A run of single tests may come before the first build.
describe.runIf(existsSync(built))('dist/sbom.cdx.json', () => {
  const readSbom = () => JSON.parse(readFileSync(built, 'utf8')) as ReturnType<typeof packageSbom>;

  test('is valid under the schema of CycloneDX', () => {
    expect(cyclonedxViolations(readSbom())).toEqual([]);
  });

  test('lists the packages of THIRD-PARTY-NOTICES.txt, each with a digest', () => {
    const notices = readFileSync(path.resolve(import.meta.dirname, '../THIRD-PARTY-NOTICES.txt'), 'utf8');
    const listed = [...notices.matchAll(/^(\S+) (\d\S*) \(\S.*\)$/gm)].map(([, name = '', version = '']) =>
      npmPurl({ name, version }),
    );
    const { components } = readSbom();
    expect(components.map(({ purl }) => purl).toSorted()).toEqual([...new Set(listed)].toSorted());
    expect(components.filter((component) => !('hashes' in component))).toEqual([]);
  });

  test('says of every package which one brought it into the bundle', () => {
    const { components, dependencies } = readSbom();
    const reached = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect(components.map(({ purl }) => purl).filter((purl) => !reached.has(purl))).toEqual([]);
  });
});
