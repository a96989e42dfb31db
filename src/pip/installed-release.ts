import path from 'node:path';
import * as v from 'valibot';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { isBelowRoot, pathOfFileUrl } from './file-url.ts';
import { withoutCredentials } from './unvetted-source.ts';

/** One release that pip installed, and its reported origin. */
export type InstalledRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** For messages: the file's name, or its URL, without credentials. */
  readonly file: string;
  /** Digest of the downloaded file, in lower case. Present even when pip built or cached a wheel from it. */
  readonly sha256?: string | undefined;
  /** The first 16 hex digits of the digest, from the relay's path. */
  readonly digestInPath?: string | undefined;
  readonly from:
    | { readonly kind: 'archive' }
    /** A file or a project's folder on this machine, with its path if it is unambiguous. */
    | { readonly kind: 'local-file' | 'folder'; readonly path?: string | undefined }
    /** In pip's form: `git+https://…`. */
    | { readonly kind: 'repository'; readonly url: string }
    /** Installed without a recorded origin. */
    | { readonly kind: 'unknown' };
};

const downloadInfoSchema = v.object({
  url: v.fallback(v.string(), ''),
  archive_info: v.optional(
    v.object({
      hash: v.fallback(v.optional(v.string()), undefined),
      hashes: v.fallback(v.optional(v.record(v.string(), v.string())), undefined),
    }),
  ),
  dir_info: v.optional(v.unknown()),
  vcs_info: v.optional(v.object({ vcs: v.string() })),
  subdirectory: v.fallback(v.optional(v.string()), undefined),
});
const reportSchema = v.object({
  install: v.array(
    v.object({ metadata: v.object({ name: v.string(), version: v.string() }), download_info: downloadInfoSchema }),
  ),
});

/**
 * Parses pip's installation report (https://pip.pypa.io/en/stable/reference/installation-report/); undefined when the
 * text is not a report.
 */
export function readInstallationReport(text: string): InstalledRelease[] | undefined {
  const parsed = v.safeParse(reportSchema, parseJson(text));
  if (!parsed.success) return undefined;
  return parsed.output.install.map(({ metadata, download_info }) => toRelease(metadata, download_info));
}

/** Reads an installed project with its direct_url.json (PEP 610). Without it, the origin is unknown. */
export function readInstalled(
  metadata: { name: string; version: string },
  directUrl: string | undefined,
): InstalledRelease {
  const parsed = v.safeParse(downloadInfoSchema, directUrl === undefined ? undefined : parseJson(directUrl));
  if (parsed.success) return toRelease(metadata, parsed.output);
  const { name, version } = metadata;
  return { name: projectName(name), version, file: `${name} ${version}`, from: { kind: 'unknown' } };
}

function toRelease(
  metadata: { name: string; version: string },
  info: v.InferOutput<typeof downloadInfoSchema>,
): InstalledRelease {
  const { url, archive_info: archive } = info;
  const name = projectName(metadata.name);
  const hashes = archive?.hashes?.sha256 ?? /^sha256=(.*)$/.exec(archive?.hash ?? '')?.[1];
  const displayUrl = withoutCredentials(url);
  const file = lastPart(displayUrl) || displayUrl;
  return { name, version: metadata.version, file, ...digests(hashes, url), from: origin(info) };
}

function digests(sha256: string | undefined, url: string): Pick<InstalledRelease, 'sha256' | 'digestInPath'> {
  const [, digestInPath] = /^http:\/\/[0-9a-f]{8}\.secure-pypi\.invalid\/files\/([0-9a-f]{16})\/[^/]+$/.exec(url) ?? [];
  return { sha256: sha256?.toLowerCase(), digestInPath };
}

function origin(info: v.InferOutput<typeof downloadInfoSchema>): InstalledRelease['from'] {
  const { url, dir_info: folder, vcs_info: vcs, subdirectory } = info;
  if (vcs !== undefined) {
    return { kind: 'repository', url: `${vcs.vcs}+${url}${subdirectory ? `#subdirectory=${subdirectory}` : ''}` };
  }
  if (folder !== undefined) return { kind: 'folder', path: pathBelow(url, subdirectory) };
  return /^file:/i.test(url) ? { kind: 'local-file', path: pathBelow(url) } : { kind: 'archive' };
}

/** Returns the path of a `file:` URL and its subdirectory. pip writes absolute paths. */
function pathBelow(url: string, subdirectory = ''): string | undefined {
  const root = pathOfFileUrl(url, path.sep);
  return root === undefined || !isBelowRoot(subdirectory) ? undefined : path.join(root, subdirectory);
}

function lastPart(url: string): string {
  const part = (url.split(/[?#]/, 1)[0] ?? '').split('/').findLast((text) => text !== '') ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Normalises a project name. An invalid name is kept and matches no page. */
function projectName(name: string): ProjectName {
  return isProjectName(name) ? normaliseName(name) : (name as ProjectName);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
