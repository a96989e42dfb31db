import type { IndexFile, ProjectName } from '../../index/types.ts';

/** One file of a stored version. Its bytes are identified by digest, and may not be downloaded yet. */
export type Asset = {
  readonly filename: string;
  readonly sha256: string;
  /** Size in bytes. */
  readonly size?: number | undefined;
  /** The entry of the public index: URL, requires-python, yanked, upload time. */
  readonly file: IndexFile;
  /** Present for a file that was uploaded. Its bytes are nowhere else. */
  readonly uploaded?: true;
};

/** The package version statuses of CodeArtifact that the local stack uses. */
export type VersionStatus = 'Published' | 'Unlisted' | 'Archived' | 'Disposed';

/** One version of a package in a repository. */
export type StoredVersion = {
  readonly version: string;
  /** A hash of the names and digests of the assets. */
  readonly revision: string;
  readonly status: VersionStatus;
  /** Epoch milliseconds at which the version was added to this repository. */
  readonly publishedTime: number;
  /** Empty for a disposed version. */
  readonly assets: readonly Asset[];
  /** Present for a version that was uploaded. All others come from the public index. */
  readonly origin?: 'INTERNAL';
};

/** One package of one repository. */
export type StoredPackage = {
  readonly name: ProjectName;
  readonly versions: readonly StoredVersion[];
  /** The origin controls that a caller set. Without them the defaults apply. */
  readonly restrictions?: OriginRestrictions;
};

/** Whether versions of a package may be published, and taken from upstream. */
export type OriginRestrictions = { readonly publish: 'ALLOW' | 'BLOCK'; readonly upstream: 'ALLOW' | 'BLOCK' };
