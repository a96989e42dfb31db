import { isProjectName, normaliseName } from '../index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../index/simple-page.ts';
import type { IndexFile, ProjectName } from '../index/types.ts';
import { oneLine } from '../printable.ts';
import { type Authority, bearerOf } from './authority.ts';
import type { Domain, Domains } from './domains/domain.ts';
import type { AwsFault, HttpRequest, HttpResponse } from './http.ts';
import { stackNames } from './names.ts';
import type { Blob } from './packages/blob-store.ts';
import { type Listing, listedFile } from './packages/public-packages.ts';
import { findVersion } from './packages/versions.ts';
import { receiveUpload } from './uploads/receive-upload.ts';

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: `${body}\n`,
});

/** The decoded parts of the path `/pypi/d/<domain>-<owner>/<repository>/simple/<project>/[<version>/<file>]`. */
type PypiRoute = {
  readonly domain: string;
  readonly repository: string;
  readonly project: string;
  readonly version?: string | undefined;
  readonly filename?: string | undefined;
  readonly slash: boolean;
};

function routeOf(path: string): PypiRoute | undefined {
  const match = /^\/pypi\/d\/([a-z0-9-]+)-\d{12}\/([^/]+)\/simple\/([^/]+)(\/?)(?:([^/]+)\/([^/]+))?$/.exec(path);
  if (!match || (match[5] !== undefined && match[4] === '')) return undefined;
  try {
    const [domain = '', repository = '', project = '', slash, version, filename] = match
      .slice(1)
      .map((part) => (part === undefined ? undefined : decodeURIComponent(part)));
    return { domain, repository, project, version, filename, slash: slash === '/' };
  } catch {
    return undefined;
  }
}

/** Returns the domain that a path names, also if the rest of the path is invalid. */
const domainOfPath = (path: string): string => /^\/pypi\/d\/([a-z0-9-]+)-\d{12}\//.exec(path)?.[1] ?? '';

const isPublic = (repository: string): boolean => repository === stackNames.install || repository === stackNames.store;

async function listingOf(parts: Domain, repository: string, name: ProjectName): Promise<Listing | undefined> {
  if (isPublic(repository)) return parts.publicPackages.listing(repository, name);
  const stored = await parts.packages.read(repository, name);
  const published = stored?.versions.filter(({ status }) => status === 'Published') ?? [];
  if (published.length === 0) return undefined;
  return published.map(({ version, assets }) => ({ version, files: assets.map(listedFile) }));
}

async function projectPage(
  parts: Domain,
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
  const page = { name, files: [...versions.keys()], versions: listing.map(({ version }) => version) };
  const { contentType, body } = renderSimplePage(page, format, urlOf);
  return { status: 200, headers: { 'content-type': contentType, vary: 'Accept' }, body };
}

/** Returns a complete file. CodeArtifact ignores range requests (https://github.com/astral-sh/uv/issues/5073). */
function fileResponse(blob: Blob): HttpResponse {
  const length = blob.size === undefined ? {} : { 'content-length': String(blob.size) };
  return { status: 200, headers: { 'content-type': 'application/octet-stream', ...length }, body: blob.read() };
}

async function openFile(parts: Domain, route: PypiRoute, name: ProjectName): Promise<Blob | undefined> {
  const { repository, version = '', filename = '' } = route;
  if (isPublic(repository)) return parts.publicPackages.openFile(repository, name, version, filename);
  const stored = findVersion(await parts.packages.read(repository, name), version);
  const asset = stored?.assets.find((each) => each.filename === filename);
  return asset && stored?.status !== 'Archived' ? parts.publicPackages.openAsset(name, asset) : undefined;
}

/** What the PyPI endpoint needs. */
export type PypiEndpointParts = {
  readonly authority: Authority;
  readonly domains: Pick<Domains, 'find'>;
  readonly now: () => number;
};

/** Returns whether a request has the stack's secret, or a token of the domain. */
function isAuthenticated({ authority, now }: PypiEndpointParts, request: HttpRequest): boolean {
  const token = bearerOf(request.headers.authorization);
  if (token === undefined) return false;
  return authority.isSecret(token) || authority.domainOfToken(token, now()) === domainOfPath(request.path);
}

/** The repository that an upload is sent to. */
type UploadTarget = { readonly domain: string; readonly repository: string };

/** Returns the domain and the repository of the path `/pypi/d/<domain>-<owner>/<repository>/`. */
function uploadTargetOf(path: string): UploadTarget | undefined {
  const [, domain, repository] = /^\/pypi\/d\/([a-z0-9-]+)-\d{12}\/([\w.-]+)\/?$/.exec(path) ?? [];
  return domain !== undefined && repository !== undefined ? { domain, repository } : undefined;
}

/** Answers an upload, as the upload API of PyPI does. */
async function uploadResponse(
  request: HttpRequest,
  target: UploadTarget,
  { domains, now }: PypiEndpointParts,
): Promise<HttpResponse> {
  const { repository } = target;
  const isKnown = isPublic(repository) || repository === stackNames.secure;
  const domain = isKnown ? await domains.find(target.domain) : undefined;
  if (!domain) return text(404, 'Not Found');
  const { filename, name, version } = await receiveUpload(request, { ...domain, repository }, now());
  return text(200, `${filename} is published as ${name} ${version}`);
}

/** Answers a request to the PyPI endpoint of a repository. */
export async function pypiEndpoint(request: HttpRequest, parts: PypiEndpointParts): Promise<HttpResponse> {
  const route = routeOf(request.path);
  // CodeArtifact's challenge names only Bearer, although it accepts Basic. So pip must send its password unprompted.
  if (!isAuthenticated(parts, request)) {
    return text(401, 'Unauthenticated', { 'www-authenticate': 'Bearer' });
  }
  const target = request.method === 'POST' ? uploadTargetOf(request.path) : undefined;
  if (target) return uploadResponse(request, target, parts);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text(405, 'Method Not Allowed', { allow: 'GET, HEAD' });
  const known = route && (isPublic(route.repository) || route.repository === stackNames.secure);
  if (!route || !known || !isProjectName(route.project)) return text(404, 'Not Found');
  const domain = await parts.domains.find(route.domain);
  if (!domain) return text(404, 'Not Found');
  const name = normaliseName(route.project);
  if (route.filename === undefined) {
    if (!route.slash) return text(301, 'Moved Permanently', { location: `${request.path}/` });
    return projectPage(domain, request, route.repository, name);
  }
  const blob = await openFile(domain, route, name);
  return blob ? fileResponse(blob) : text(404, 'Not Found');
}

/** Returns the plain-text response for a fault, as the endpoint sends it to pip. */
export function pypiFault({ type, status, message }: AwsFault): HttpResponse {
  // twine prints only the reason phrase, which has one line of ASCII.
  const reason = oneLine(message)
    .replace(/[^ -~]/g, '?')
    .slice(0, 400);
  return { ...text(status, message, { 'x-amzn-errortype': type }), reason };
}
