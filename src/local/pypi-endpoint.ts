import { isProjectName, normaliseName } from '../index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../index/simple-page.ts';
import type { IndexFile, ProjectName } from '../index/types.ts';
import { type Authority, bearerOf } from './authority.ts';
import type { AwsFault, HttpRequest, HttpResponse } from './http.ts';
import { stackNames } from './names.ts';
import type { Blob } from './packages/blob-store.ts';
import type { PackageStore } from './packages/package-store.ts';
import { type Listing, listedFile, type PublicPackages } from './packages/public-packages.ts';
import type { Asset } from './packages/types.ts';
import { findVersion } from './packages/versions.ts';

/** What the PyPI endpoint needs. */
export type PypiParts = {
  readonly authority: Authority;
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  readonly now: () => number;
  /** Called for each request for a project that secure-pypi does not have. */
  readonly onMissing: (missing: { readonly name: ProjectName; readonly request: HttpRequest }) => void;
};

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: `${body}\n`,
});

/** The decoded parts of the path `/pypi/<repository>/simple/<project>/[<version>/<file>]`. */
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

async function projectPage(
  parts: PypiParts,
  request: HttpRequest,
  repository: string,
  name: ProjectName,
): Promise<HttpResponse> {
  const format = chooseSimpleFormat(request.headers.accept ?? '*/*');
  if (!format) return text(406, 'Not Acceptable');
  const listing = await listingOf(parts, repository, name);
  if (!listing) {
    if (repository === stackNames.secure) parts.onMissing({ name, request });
    return text(404, `package ${name} not found in ${repository}`);
  }
  const versions = new Map<IndexFile, string>();
  for (const { version, files } of listing) {
    // CodeArtifact does not serve metadata files (PEP 658), so its pages must not list them.
    for (const file of files) versions.set({ ...file, coreMetadata: undefined }, version);
  }
  const urlOf = (file: IndexFile): string =>
    `${encodeURIComponent(versions.get(file) ?? '')}/${encodeURIComponent(file.filename)}`;
  const { contentType, body } = renderSimplePage({ name, files: [...versions.keys()] }, format, urlOf);
  return { status: 200, headers: { 'content-type': contentType, vary: 'Accept' }, body };
}

/** Reads a `Range: bytes=…` header with one range (RFC 9110, section 14). Returns undefined when it has no valid range. */
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

async function fileResponse(request: HttpRequest, blob: Blob): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (request.headers.range !== undefined) {
    const { size } = await blob.complete;
    const range = rangeOf(request.headers.range, size);
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

function isAuthenticated(parts: PypiParts, request: HttpRequest): boolean {
  const token = bearerOf(request.headers.authorization);
  return token !== undefined && (parts.authority.isToken(token, parts.now()) || parts.authority.isSecret(token));
}

/** Answers a request to the PyPI endpoint of a repository. */
export async function pypiEndpoint(request: HttpRequest, parts: PypiParts): Promise<HttpResponse> {
  // CodeArtifact's challenge names only Bearer, although it accepts Basic. So pip must send its password unprompted.
  if (!isAuthenticated(parts, request)) return text(401, 'Unauthenticated', { 'www-authenticate': 'Bearer' });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text(405, 'Method Not Allowed', { allow: 'GET, HEAD' });
  const route = routeOf(request.path);
  const known = route && (isPublic(route.repository) || route.repository === stackNames.secure);
  if (!route || !known || !isProjectName(route.project)) return text(404, 'Not Found');
  const name = normaliseName(route.project);
  if (route.filename === undefined) {
    if (!route.slash) return text(301, 'Moved Permanently', { location: `${request.path}/` });
    return projectPage(parts, request, route.repository, name);
  }
  const asset = await assetFor(parts, route, name);
  if (!asset) return text(404, 'Not Found');
  return fileResponse(request, await parts.publicPackages.openAsset(name, asset));
}

/** Returns the plain-text response for a fault, as the endpoint sends it to pip. */
export function pypiFault({ status, message }: AwsFault): HttpResponse {
  return text(status, message);
}
