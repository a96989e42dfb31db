import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';

/**
 * The METADATA of vetted wheels, which CodeArtifact does not offer as files of their own (PEP 658). Its methods never
 * throw: without METADATA, an installer downloads the wheel to resolve.
 */
export type WheelMetadata = {
  /** Returns the digests of the METADATA of a project's vetted wheels, by the sha256 of the wheel. */
  digests(name: ProjectName): Promise<ReadonlyMap<string, string>>;
  /** Returns the recorded METADATA with this sha256. Undefined if the record can't be read or is damaged. */
  text(name: ProjectName, sha256: string): Promise<Buffer | undefined>;
  /**
   * Returns projects that a root probably requires, also indirectly, with the sha256 of their METADATA if it is known.
   * Absent: that is not known.
   */
  vettedWith?(root: ProjectName): Promise<ReadonlyMap<ProjectName, string | undefined>>;
  /** Returns the METADATA in a wheel on disk. */
  inWheel(filename: string, wheel: string): Promise<Buffer | undefined>;
};

export const withoutMetadata: WheelMetadata = {
  digests: async () => new Map(),
  text: async () => undefined,
  inWheel: async () => undefined,
};

/** Returns a page with the digests of the recorded METADATA. What the repository offers itself is left out. */
export function offerMetadata(
  page: ProjectPage,
  digests: ReadonlyMap<string, string>,
  sha256Of: (file: IndexFile) => string | undefined,
): ProjectPage {
  const files = page.files.map((file) => {
    const sha256 = file.filename.endsWith('.whl') ? digests.get(sha256Of(file) ?? '') : undefined;
    return { ...file, coreMetadata: sha256 === undefined ? undefined : { sha256 } };
  });
  return { ...page, files };
}

/** Returns a page that offers no METADATA for some of its files. */
export function leaveOutMetadata(page: ProjectPage, isLeftOut: (file: IndexFile) => boolean): ProjectPage {
  const files = page.files.map((file) => (isLeftOut(file) ? { ...file, coreMetadata: undefined } : file));
  return { ...page, files };
}

/** Returns the digest of the METADATA that the page offers for a file. */
export function offeredDigest({ coreMetadata }: IndexFile): string | undefined {
  return typeof coreMetadata === 'object' ? coreMetadata.sha256 : undefined;
}
