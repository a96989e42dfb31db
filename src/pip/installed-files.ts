import path from 'node:path';
import * as v from 'valibot';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { pathOfFileAddress, staysBelow } from './file-address.ts';
import { withoutCredentials } from './unvetted-source.ts';

/** One thing that pip put in place, and where it says that it had it from. */
export type InstalledRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** For people: the file's name, or the address of what is no file; credentials hidden. */
  readonly file: string;
  /** Of the file that was fetched, in lower case; also where pip built, or kept, a wheel of it. */
  readonly sha256?: string | undefined;
  /** The first 16 hex of it, from a path of the relay's. */
  readonly digestInPath?: string | undefined;
  readonly from:
    | { readonly kind: 'archive' }
    /** A file or a project's folder on this machine: its path, if it can be told. */
    | { readonly kind: 'local-file' | 'folder'; readonly path?: string | undefined }
    /** As pip would take it: `git+https://…`. */
    | { readonly kind: 'repository'; readonly address: string }
    /** Found lying in place, without a word on where it is from. */
    | { readonly kind: 'unsaid' };
};

const downloadInfo = v.object({
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
const report = v.object({
  install: v.array(
    v.object({ metadata: v.object({ name: v.string(), version: v.string() }), download_info: downloadInfo }),
  ),
});

/**
 * What pip's installation report says was installed (https://pip.pypa.io/en/stable/reference/installation-report/);
 * undefined when this is none.
 */
export function readInstallationReport(text: string): InstalledRelease[] | undefined {
  const read = v.safeParse(report, parseJson(text));
  if (!read.success) return undefined;
  return read.output.install.map(({ metadata, download_info }) => installed(metadata, download_info));
}

/** The direct_url.json (PEP 610) beside an installed project; without one it says nothing of its origin. */
export function readInstalled(
  metadata: { name: string; version: string },
  directUrl: string | undefined,
): InstalledRelease {
  const read = v.safeParse(downloadInfo, directUrl === undefined ? undefined : parseJson(directUrl));
  if (read.success) return installed(metadata, read.output);
  const { name, version } = metadata;
  return { name: projectName(name), version, file: `${name} ${version}`, from: { kind: 'unsaid' } };
}

function installed(
  metadata: { name: string; version: string },
  info: v.InferOutput<typeof downloadInfo>,
): InstalledRelease {
  const { url, archive_info: archive } = info;
  const name = projectName(metadata.name);
  const hashes = archive?.hashes?.sha256 ?? /^sha256=(.*)$/.exec(archive?.hash ?? '')?.[1];
  const shown = withoutCredentials(url);
  const file = lastPart(shown) || shown;
  return { name, version: metadata.version, file, ...digests(hashes, url), from: origin(info) };
}

function digests(sha256: string | undefined, url: string): Pick<InstalledRelease, 'sha256' | 'digestInPath'> {
  const [, digestInPath] = /^http:\/\/[0-9a-f]{8}\.secure-pypi\.invalid\/files\/([0-9a-f]{16})\/[^/]+$/.exec(url) ?? [];
  return { sha256: sha256?.toLowerCase(), digestInPath };
}

function origin(info: v.InferOutput<typeof downloadInfo>): InstalledRelease['from'] {
  const { url, dir_info: folder, vcs_info: vcs, subdirectory } = info;
  if (vcs !== undefined) {
    return { kind: 'repository', address: `${vcs.vcs}+${url}${subdirectory ? `#subdirectory=${subdirectory}` : ''}` };
  }
  if (folder !== undefined) return { kind: 'folder', path: pathBelow(url, subdirectory) };
  return /^file:/i.test(url) ? { kind: 'local-file', path: pathBelow(url) } : { kind: 'archive' };
}

/** pip writes whole paths. */
function pathBelow(url: string, subdirectory = ''): string | undefined {
  const root = pathOfFileAddress(url, path.sep);
  return root === undefined || !staysBelow(subdirectory) ? undefined : path.join(root, subdirectory);
}

function lastPart(url: string): string {
  const part = (url.split(/[?#]/, 1)[0] ?? '').split('/').findLast((text) => text !== '') ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A name that is none matches no page, which is what it deserves. */
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
