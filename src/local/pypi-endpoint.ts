import { isProjectName, normaliseName } from '../index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../index/simple-page.ts';
import type { IndexFile, ProjectName } from '../index/types.ts';
import { type Authority, bearerOf } from './authority.ts';
import type { Answer, AwsFault, Call } from './http.ts';
import { stackNames } from './names.ts';
import type { Blob } from './packages/blobs.ts';
import { type Listing, listedFile, type PublicPackages } from './packages/public.ts';
import type { PackageStore } from './packages/store.ts';
import type { Asset } from './packages/types.ts';
import { findVersion } from './packages/versions.ts';

export type PypiParts = {
  readonly authority: Authority;
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  readonly now: () => number;
  /** Told of each project that secure-pypi does not have, with who asked. */
  readonly onMissing: (missing: { readonly name: ProjectName; readonly call: Call }) => void;
};

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: `${body}\n`,
});

/** `/pypi/<repository>/simple/<project>/[<version>/<file>]`, decoded. */
type PypiRoute = {
  readonly repository: string;
  readonly project: string;
  readonly version?: string | undefined;
  readonly filename?: string | undefined;
  readonly slash: boolean;
};

function routeOf(path: string): PypiRoute | undefined {
  const match = /^\/pypi\/([^/]+)\/simple\/([^/]+)(\/?)(?:([^/]+)\/([^/]+))?$/.exec(path);
  if (!match || (match[4] !== undefined && match[3] === '')) return undefined;
  try {
    const [repository = '', project = '', slash, version, filename] = match
      .slice(1)
      .map((part) => (part === undefined ? undefined : decodeURIComponent(part)));
    return { repository, project, version, filename, slash: slash === '/' };
  } catch {
    return undefined;
  }
}

const isPublic = (repository: string): boolean => repository === stackNames.install || repository === stackNames.store;

async function listingOf(parts: PypiParts, repository: string, name: ProjectName): Promise<Listing | undefined> {
  if (isPublic(repository)) return parts.publicPackages.listing(repository, name);
  const stored = await parts.packages.read(repository, name);
  const published = stored?.versions.filter(({ status }) => status === 'Published') ?? [];
  if (published.length === 0) return undefined;
  return published.map(({ version, assets }) => ({ version, files: assets.map(listedFile) }));
}

async function projectPage(parts: PypiParts, call: Call, repository: string, name: ProjectName): Promise<Answer> {
  const format = chooseSimpleFormat(call.headers.accept ?? '*/*');
  if (!format) return text(406, 'Not Acceptable');
  const listing = await listingOf(parts, repository, name);
  if (!listing) {
    if (repository === stackNames.secure) parts.onMissing({ name, call });
    return text(404, `package ${name} not found in ${repository}`);
  }
  const folders = new Map<IndexFile, string>();
  for (const { version, files } of listing) for (const file of files) folders.set(file, version);
  // CodeArtifact does not offer metadata files (PEP 658): its pages must not promise them.
  const files = [...folders.keys()].map((file): IndexFile => ({ ...file, coreMetadata: undefined }));
  const versions = [...folders.values()];
  const places = new Map(files.map((file, at) => [file, versions[at] ?? '']));
  const urlOf = (file: IndexFile): string =>
    `${encodeURIComponent(places.get(file) ?? '')}/${encodeURIComponent(file.filename)}`;
  const { contentType, body } = renderSimplePage({ name, files }, format, urlOf);
  return { status: 200, headers: { 'content-type': contentType, vary: 'Accept' }, body };
}

/** `Range: bytes=…` with one range; undefined when there is none that can be served. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start > end || start >= size ? 'unsatisfiable' : { start, end };
}

async function fileAnswer(call: Call, blob: Blob): Promise<Answer> {
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (call.headers.range !== undefined) {
    const { size } = await blob.whole;
    const range = rangeOf(call.headers.range, size);
    if (range === 'unsatisfiable') return { status: 416, headers: { 'content-range': `bytes */${size}` } };
    if (range) {
      return {
        status: 206,
        headers: {
          ...headers,
          'content-length': String(range.end - range.start + 1),
          'content-range': `bytes ${range.start}-${range.end}/${size}`,
        },
        body: blob.read(range.start, range.end),
      };
    }
  }
  const length = blob.size === undefined ? {} : { 'content-length': String(blob.size) };
  return { status: 200, headers: { ...headers, ...length }, body: blob.read() };
}

async function assetFor(parts: PypiParts, route: PypiRoute, name: ProjectName): Promise<Asset | undefined> {
  const { repository, version = '', filename } = route;
  const stored = isPublic(repository)
    ? await parts.publicPackages.importRelease(repository, name, version)
    : findVersion(await parts.packages.read(repository, name), version);
  if (!stored || stored.status === 'Archived') return undefined;
  return stored.assets.find((asset) => asset.filename === filename);
}

function isAllowed(parts: PypiParts, call: Call): boolean {
  const given = bearerOf(call.headers.authorization);
  return given !== undefined && (parts.authority.isToken(given, parts.now()) || parts.authority.isSecret(given));
}

/** Answers pip: the repositories' PyPI endpoint. */
export async function pypiEndpoint(call: Call, parts: PypiParts): Promise<Answer> {
  // The real service names Bearer only, though it takes Basic too: clients must send what they have unasked.
  if (!isAllowed(parts, call)) return text(401, 'Unauthenticated', { 'www-authenticate': 'Bearer' });
  if (call.method !== 'GET' && call.method !== 'HEAD') return text(405, 'Method Not Allowed', { allow: 'GET, HEAD' });
  const route = routeOf(call.path);
  const known = route && (isPublic(route.repository) || route.repository === stackNames.secure);
  if (!route || !known || !isProjectName(route.project)) return text(404, 'Not Found');
  const name = normaliseName(route.project);
  if (route.filename === undefined) {
    if (!route.slash) return text(301, 'Moved Permanently', { location: `${call.path}/` });
    return projectPage(parts, call, route.repository, name);
  }
  const asset = await assetFor(parts, route, name);
  if (!asset) return text(404, 'Not Found');
  return fileAnswer(call, await parts.publicPackages.openAsset(name, asset));
}

/** An error as the endpoint shows it to pip. */
export function pypiFault({ status, message }: AwsFault): Answer {
  return text(status, message);
}
