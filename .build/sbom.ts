import { createHash } from 'node:crypto';
import type { Metafile } from 'esbuild';
import { bundledPackages } from './bundled-packages.ts';
import { allowedLicences, declaredLicence, type Manifest } from './licences.ts';
import { packageGraph } from './package-graph.ts';

/** The part of `package-lock.json` that has the digest of each package's archive, by folder. */
export type LockFile = { readonly packages: Readonly<Record<string, { readonly integrity?: string }>> };

/** `package.json` of the project itself. */
export type Project = Manifest & { readonly repository?: string | { readonly url?: string } };

export type SbomFacts = {
  readonly project: Project;
  readonly metafile: Pick<Metafile, 'inputs' | 'outputs'>;
  readonly lock: LockFile;
  /** Reads the `package.json` in a folder of `node_modules`. */
  readonly manifestOf: (folder: string) => Manifest;
  /** `SOURCE_DATE_EPOCH`, in seconds. Without it the document has no timestamp. */
  readonly epoch?: number;
};

/**
 * Returns a software bill of materials in CycloneDX 1.6 of the packages whose code is in the bundle. It depends only on
 * its facts, so that two builds of one commit write the same bytes.
 *
 * https://cyclonedx.org/docs/1.6/json/
 */
export function packageSbom(facts: SbomFacts) {
  const { project, metafile, lock, manifestOf } = facts;
  const references = new Map(bundledPackages(metafile).map((folder) => [folder, npmPurl(manifestOf(folder))]));
  const components = [...references].map(([folder]) => libraryOf(manifestOf(folder), integrityOf(folder, lock)));
  const root = npmPurl(project);
  const content = {
    metadata: {
      ...(facts.epoch !== undefined && { timestamp: new Date(facts.epoch * 1000).toISOString() }),
      lifecycles: [{ phase: 'build' }],
      authors: [{ name: authorOf(project) }],
      component: { ...described(project, 'application'), ...externalReferences(project) },
    },
    components: uniqueBy(components, (component) => component.purl),
    dependencies: dependenciesOf(metafile, references, root),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
}

/** Returns the package URL (https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md). */
export function npmPurl({ name, version }: Pick<Manifest, 'name' | 'version'>): string {
  return `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`;
}

function libraryOf(manifest: Manifest, integrity: string | undefined) {
  const hashes = hashesOf(integrity);
  return { ...described(manifest, 'library'), ...(hashes.length > 0 && { hashes }) };
}

function described(manifest: Manifest, type: 'application' | 'library') {
  const [name = manifest.name, group] = manifest.name.split('/').toReversed();
  const licence = declaredLicence(manifest);
  return {
    type,
    'bom-ref': npmPurl(manifest),
    ...(group !== undefined && { group }),
    name,
    version: manifest.version,
    ...(licence !== undefined && { licenses: [licenceOf(licence)] }),
    purl: npmPurl(manifest),
  };
}

function licenceOf(licence: string) {
  return allowedLicences.includes(licence) ? { license: { id: licence } } : { expression: licence };
}

function externalReferences({ repository }: Project) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url === undefined ? {} : { externalReferences: [{ type: 'vcs', url: url.replace(/^git\+/, '') }] };
}

function authorOf({ name, author }: Project): string {
  return (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
}

const algorithms: Readonly<Record<string, string>> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };

/** An integrity has one or more digests in base64, separated by spaces (https://www.w3.org/TR/SRI/). */
function hashesOf(integrity = '') {
  return integrity.split(/\s+/).flatMap((text) => {
    const [, name = '', digest = ''] = /^(\w+)-([\w+/]+=*)$/.exec(text) ?? [];
    const alg = algorithms[name];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }];
  });
}

/** The lock file names folders from the project's root; the bundler names those of a linked folder from elsewhere. */
function integrityOf(folder: string, { packages }: LockFile): string | undefined {
  return packages[folder.slice(folder.indexOf('node_modules/'))]?.integrity;
}

function dependenciesOf(metafile: SbomFacts['metafile'], references: ReadonlyMap<string, string>, root: string) {
  const graph = packageGraph(metafile, new Set(references.keys()));
  const edges = new Map<string, Set<string>>([[root, new Set()], ...[...references.values()].map(emptyEdges)]);
  for (const [folder, targets] of graph) {
    // A file of the project that stands in for a package makes no package depend on the project.
    const needed = [...targets].flatMap((target) => references.get(target) ?? []);
    for (const reference of needed) edges.get(references.get(folder) ?? root)?.add(reference);
  }
  const reached = new Set([...edges.values()].flatMap((targets) => [...targets]));
  // What no file imports, such as a file that the build copies, is in the bundle because of the project.
  for (const reference of references.values()) if (!reached.has(reference)) edges.get(root)?.add(reference);
  return [...edges].map(([ref, targets]) => ({ ref, dependsOn: [...targets].filter((to) => to !== ref).sort() }));
}

const emptyEdges = (reference: string): [string, Set<string>] => [reference, new Set()];

/** Returns a UUID of version 8, whose bits are the application's to choose (RFC 9562). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function uniqueBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
