import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Distribution } from './distributions.ts';

/** The facts of one project that the signal sources report. By default it is popular, old and harmless. */
export type Facts = {
  readonly downloads?: number;
  readonly stars?: number;
  /** The number of older versions that are listed without files. */
  readonly olderVersions?: number;
  /** The upload time of its files (ISO 8601). */
  readonly uploadTime?: string;
  /** Whether it declares a source repository. */
  readonly repository?: boolean;
  /** The versions that an advisory reports as malware. */
  readonly malware?: readonly string[];
  /** Whether all its releases are yanked. */
  readonly yanked?: boolean;
  /** The `requires-python` of its releases on the index. */
  readonly requiresPython?: string | null;
};

type Listed = { readonly version: string; readonly distribution: Distribution; uploadTime: string };
type Project = { readonly files: Listed[]; facts: Required<Facts> };

const harmless: Required<Facts> = {
  downloads: 5_000_000,
  stars: 4000,
  olderVersions: 20,
  uploadTime: '2025-06-01T12:00:00Z',
  repository: true,
  malware: [],
  yanked: false,
  requiresPython: null,
};

/** A server on loopback with a package index, PyPI's JSON API, and all signal sources. */
export type PackageIndex = {
  readonly origin: string;
  /** Settings with which awspip and pip use this server. */
  readonly environment: Readonly<Record<string, string>>;
  /** The path of every request, in order. */
  readonly requests: string[];
  /** Delays all requests for a project until the returned function is called. */
  delayRequests(name: string): () => void;
  publish(name: string, version: string, distribution: Distribution, facts?: Facts): void;
  /** Removes a project. */
  remove(name: string): void;
  close(): Promise<void>;
};

/** Starts the server without projects. */
export async function startPackageIndex(): Promise<PackageIndex> {
  const projects = new Map<string, Project>();
  const requests: string[] = [];
  const delays = new Map<string, Promise<void>>();
  const server = createServer(async (request, response) => {
    const { url = '' } = request;
    requests.push(url);
    for (const [name, released] of delays) if (url.includes(`/${name}`)) await released;
    answer(request, response, projects, origin());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: origin(),
    environment: {
      PIP_INDEX_URL: `${origin()}/simple/`,
      AWSPIP_PYPI_URL: origin(),
      AWSPIP_PYPISTATS_URL: `${origin()}/pypistats`,
      AWSPIP_GITHUB_URL: `${origin()}/github`,
      AWSPIP_DEPS_DEV_URL: `${origin()}/deps-dev`,
      AWSPIP_OSV_URL: `${origin()}/osv`,
    },
    requests,
    delayRequests(name) {
      let release = () => {};
      delays.set(
        name,
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      return () => release();
    },
    publish(name, version, distribution, facts = {}) {
      const known = projects.get(name) ?? { files: [], facts: harmless };
      const merged = { ...known.facts, ...facts };
      known.files.push({ version, distribution, uploadTime: merged.uploadTime });
      projects.set(name, { files: known.files, facts: merged });
    },
    remove: (name) => void projects.delete(name),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, projects: Map<string, Project>, origin: string) {
  const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  const parts = path.split('/').filter(Boolean);
  if (parts[0] === 'osv') return void advisories(request, response, projects);
  if (parts[0] === 'files') return file(response, projects, parts);
  const body = document(parts, projects, origin);
  if (body === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  const type = parts[0] === 'simple' ? 'application/vnd.pypi.simple.v1+json' : 'application/json';
  response.writeHead(200, { 'content-type': type }).end(JSON.stringify(body));
}

function document(parts: readonly string[], projects: Map<string, Project>, origin: string): unknown {
  const project = (name: string | undefined) => projects.get(name ?? '');
  const [source] = parts;
  if (source === 'simple' && parts.length === 1) {
    return { meta: { 'api-version': '1.0' }, projects: [...projects.keys()].map((name) => ({ name })) };
  }
  if (source === 'simple') return simplePage(parts[1] ?? '', project(parts[1]), origin);
  if (source === 'pypi') return pypiJson(parts[1] ?? '', project(parts[1]), origin);
  if (source === 'pypistats') {
    const known = project(parts[3]);
    return known && { data: { last_month: known.facts.downloads }, package: parts[3], type: 'recent_downloads' };
  }
  if (source === 'github') {
    const known = project(parts[3]);
    return known && { stargazers_count: known.facts.stars, archived: false };
  }
  if (source === 'deps-dev') {
    const known = project(parts.at(-1)?.split('/').at(-1));
    return known && { starsCount: known.facts.stars };
  }
  return undefined;
}

function listed({ version, distribution, uploadTime }: Listed, origin: string) {
  return {
    filename: distribution.filename,
    url: `${origin}/files/${distribution.sha256}/${distribution.filename}`,
    size: distribution.bytes.length,
    version,
    uploadTime,
    sha256: distribution.sha256,
  };
}

function simplePage(name: string, project: Project | undefined, origin: string): unknown {
  if (project === undefined) return undefined;
  const files = project.files.map((file) => {
    const { filename, url, size, sha256, uploadTime } = listed(file, origin);
    return {
      filename,
      url,
      size,
      hashes: { sha256 },
      'upload-time': uploadTime,
      yanked: project.facts.yanked,
      'requires-python': project.facts.requiresPython,
    };
  });
  return { meta: { 'api-version': '1.1' }, name, versions: project.files.map(({ version }) => version), files };
}

function pypiJson(name: string, project: Project | undefined, origin: string): unknown {
  if (project === undefined) return undefined;
  const { facts, files } = project;
  const entry = (file: Listed) => {
    const { filename, url, size, sha256, uploadTime } = listed(file, origin);
    const packagetype = filename.endsWith('.whl') ? 'bdist_wheel' : 'sdist';
    return { filename, url, size, digests: { sha256 }, upload_time_iso_8601: uploadTime, packagetype, yanked: false };
  };
  const releases: Record<string, unknown[]> = {};
  for (let older = 0; older < facts.olderVersions; older += 1) {
    releases[`0.0.${older}`] = [
      {
        filename: `${name}-0.0.${older}.tar.gz`,
        upload_time_iso_8601: '2019-01-01T00:00:00Z',
        packagetype: 'sdist',
        digests: {},
      },
    ];
  }
  for (const file of files) releases[file.version] = [...(releases[file.version] ?? []), entry(file)];
  const project_urls = facts.repository ? { Source: `https://github.com/owner/${name}` } : null;
  const version = files.at(-1)?.version;
  return { info: { name, version, project_urls, yanked: false }, releases, urls: [], vulnerabilities: [] };
}

function file(response: ServerResponse, projects: Map<string, Project>, [, sha256]: readonly string[]): void {
  for (const { files } of projects.values()) {
    const found = files.find(({ distribution }) => distribution.sha256 === sha256);
    if (found === undefined) continue;
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': found.distribution.bytes.length,
    });
    response.end(found.distribution.bytes);
    return;
  }
  response.writeHead(404).end();
}

async function advisories(request: IncomingMessage, response: ServerResponse, projects: Map<string, Project>) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const query = JSON.parse(Buffer.concat(chunks).toString() || '{}') as {
    package?: { name?: string };
    version?: string;
    queries?: { package?: { name?: string }; version?: string }[];
  };
  const advisoriesOf = (release: { package?: { name?: string }; version?: string }) => {
    const versions = projects.get(release.package?.name ?? '')?.facts.malware ?? [];
    if (!versions.includes(release.version ?? '')) return {};
    const affected = [{ package: { ecosystem: 'PyPI', name: release.package?.name }, versions }];
    return { vulns: [{ id: 'MAL-2026-1', modified: '2026-01-01T00:00:00Z', affected }] };
  };
  const body = query.queries ? { results: query.queries.map(advisoriesOf) } : advisoriesOf(query);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
