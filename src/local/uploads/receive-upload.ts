import type { ProjectName } from '../../index/types.ts';
import type { Domain } from '../domains/domain.ts';
import { AwsFault, type HttpRequest } from '../http.ts';
import { stackNames } from '../names.ts';
import type { Draft } from '../packages/blob-store.ts';
import { isUploaded } from '../packages/own-releases.ts';
import { groupNames, groupPermits } from '../packages/package-groups.ts';
import type { Asset, StoredPackage, StoredVersion } from '../packages/types.ts';
import { findVersion, revisionOf, withVersion } from '../packages/versions.ts';
import { checkDigests, checkUpload, malformed, projectOf, type UploadedFile } from './check-upload.ts';
import { readUpload } from './read-upload.ts';

type Parts = Pick<Domain, 'packages' | 'blobs' | 'isInternal' | 'settings'> & {
  /** The repository that the file is sent to. */
  readonly repository: string;
};

/**
 * Stores the file that twine, uv or Poetry sends to secure-pypi. The same file again changes nothing. Other repositories take
 * files of projects whose package group names the repository, as it does for an index of a deployment.
 *
 * @throws {AwsFault} ValidationException (400) for a malformed upload, AccessDeniedException (403) for a name that the
 *   policy does not call internal, ConflictException (409) for other bytes under the name of a file that exists.
 */
export async function receiveUpload(request: HttpRequest, parts: Parts, now: number): Promise<UploadedFile> {
  const form = await readUpload(request, parts.blobs, (fields) => {
    if (fields.has('name') && parts.repository === stackNames.secure) requireInternal(projectOf(fields), parts);
  });
  try {
    const file = checkUpload(form.fields, form.filename);
    if (parts.repository === stackNames.secure) requireInternal(file.name, parts);
    else await requireNamed(file.name, parts);
    checkDigests(form.fields, form.draft);
    if (form.draft.size === 0) throw malformed(`${file.filename} is empty`);
    await storeUpload(file, form.draft, parts, now);
    return file;
  } finally {
    // After it was stored, this does nothing.
    await form.draft.discard();
  }
}

function requireInternal(name: ProjectName, { isInternal }: Parts): void {
  if (isInternal(name)) return;
  throw new AwsFault(
    'AccessDeniedException',
    403,
    `the policy does not call ${name} an internal name; to upload it, add it to \`internal\` in your policy file (AWSPIP_POLICY), then run \`awspip local env\``,
  );
}

async function requireNamed(name: ProjectName, { settings, repository }: Parts): Promise<void> {
  if (groupNames(await settings.read(), name, 'PUBLISH', repository)) return;
  throw new AwsFault(
    'AccessDeniedException',
    403,
    `files of ${name} are uploaded to ${stackNames.secure}, not to ${repository}`,
  );
}

/** Checks the origin controls of the package and of its group. */
async function requirePublishable(stored: StoredPackage, { settings, repository }: Parts): Promise<void> {
  const isPermitted = groupPermits(await settings.read(), stored.name, 'PUBLISH', repository);
  if (isPermitted && stored.restrictions?.publish !== 'BLOCK') return;
  throw new AwsFault('AccessDeniedException', 403, `origin controls forbid to publish ${stored.name} in ${repository}`);
}

const conflict = (message: string): AwsFault => new AwsFault('ConflictException', 409, message);

async function storeUpload(file: UploadedFile, draft: Draft, parts: Parts, now: number): Promise<void> {
  const { name, version, filename, requiresPython } = file;
  const { sha256, md5, size } = draft;
  const asset: Asset = {
    ...{ filename, sha256, size, uploaded: true },
    file: {
      filename,
      url: '',
      hashes: { sha256, md5 },
      requiresPython,
      yanked: false,
      size,
      uploadTime: new Date(now).toISOString(),
    },
  };
  const isOwn = parts.repository === stackNames.secure;
  await parts.packages.change(parts.repository, name, async (stored) => {
    await requirePublishable(stored, parts);
    const existing = findVersion(stored, version);
    if (existing?.status === 'Disposed') throw conflict(`${name} ${version} was disposed of; upload another version`);
    if (existing && isOwn && !isUploaded(existing)) {
      throw conflict(
        `${name} ${version} is a copy from the index, so no file can be added to it; upload another version`,
      );
    }
    const same = existing?.assets.find((other) => other.filename === filename);
    if (same && same.sha256 !== sha256) {
      throw conflict(`${filename} exists with other bytes (sha256 ${same.sha256}); upload another version`);
    }
    // Also replaces the bytes of the same file, which may be damaged.
    await draft.keep();
    if (same) return { result: undefined };
    return {
      stored: withVersion(stored, withAsset(existing, asset, { name, version, now, isOwn })),
      result: undefined,
    };
  });
}

function withAsset(
  existing: StoredVersion | undefined,
  asset: Asset,
  {
    name,
    version,
    now,
    isOwn,
  }: { readonly name: ProjectName; readonly version: string; readonly now: number; readonly isOwn: boolean },
): StoredVersion {
  const assets = [...(existing?.assets ?? []), asset];
  const spelling = existing?.version ?? version;
  return {
    version: spelling,
    status: existing?.status ?? 'Published',
    publishedTime: existing?.publishedTime ?? now,
    assets,
    // A copy of it in secure-pypi is vetted, and no package of the company's own.
    ...(isOwn && { origin: 'INTERNAL' }),
    revision: revisionOf(name, spelling, assets),
  };
}
