/** One entry of an archive, in the order in which pip unpacks it. */
export type ArchiveEntry = {
  /** The path as the archive spells it. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'symbolic-link' | 'hard-link' | 'special';
  /** Decompressed bytes. */
  readonly size: number;
  /** The target of a link, as the archive spells it. */
  readonly target?: string | undefined;
  /** Whether some readers create a link where pip creates a file. */
  readonly isLinkInOtherReaders?: boolean | undefined;
};

/** Receives an entry, and returns a function for its content if the content is wanted. */
export type Collect = (entry: ArchiveEntry) => ((content: Buffer) => void) | undefined;
