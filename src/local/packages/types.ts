import type { IndexFile, ProjectName } from '../../index/types.ts';

/** One file of a stored version. Its bytes are known by digest and may still lie upstream. */
export type Asset = {
  readonly filename: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** As the public index listed it: where the bytes come from, requires-python, yanked, upload time. */
  readonly file: IndexFile;
};

/** CodeArtifact's package version status, as far as it happens here. */
export type VersionStatus = 'Published' | 'Unlisted' | 'Archived';

export type StoredVersion = {
  readonly version: string;
  /** Hash over the assets' names and digests: changes when they do. */
  readonly revision: string;
  readonly status: VersionStatus;
  /** Epoch milliseconds at which it entered this repository. */
  readonly publishedTime: number;
  readonly assets: readonly Asset[];
};

/** One package of one repository. */
export type StoredPackage = {
  readonly name: ProjectName;
  readonly versions: readonly StoredVersion[];
};
