import { openArchiveBytes } from '../archives/archive-bytes.ts';
import { type ArchiveLimits, archiveLimits, UnreadableArchive } from '../archives/archive-limits.ts';
import { archiveFormat, readFileTree } from '../archives/file-tree.ts';
import type { CodeFinding, FileInspection } from './code-finding.ts';
import { codeFinding } from './code-findings.ts';
import { inspectBuild } from './inspect-build.ts';
import { inspectImports } from './inspect-imports.ts';
import { inspectStartup } from './inspect-startup.ts';

/** One distribution file to inspect. */
type InspectedArchive = {
  /** Its name on the index, which decides how pip treats it. */
  readonly filename: string;
  /** The path of the file on disk, or its content. */
  readonly archive: string | Uint8Array;
  readonly limits?: ArchiveLimits | undefined;
};

const maxFindings = 200;
const keptBytes = 2 * 1024 * 1024;
const keptNames =
  /\.(?:py|pyw|pyc|pth|start|cfg|toml|in|sh|build)$|(?:^|\/)(?:entry_points\.txt|PKG-INFO|METADATA|configure|Makefile)$/;

/**
 * Inspects a wheel or an sdist: what runs when pip builds it, when Python starts and when it is imported. It runs nothing,
 * uses no network, and its result depends on the bytes only. A file that cannot be read completely is reported as
 * `unreadable`; it never throws for one.
 *
 * @throws an error of the file system.
 */
export async function inspectArchive({
  filename,
  archive,
  limits = archiveLimits,
}: InspectedArchive): Promise<FileInspection> {
  const bytes = await openArchiveBytes(archive);
  try {
    const format = archiveFormat(filename);
    const tree = await readFileTree(bytes, format, (path, size) => size <= keptBytes && keptNames.test(path), limits);
    const parts = [
      await inspectStartup(tree, filename),
      ...(format === 'wheel' ? [] : [await inspectBuild(tree)]),
      await inspectImports(tree, format === 'wheel'),
    ];
    const findings = unique(parts.flatMap((part) => part.findings));
    const unreadable = parts.find((part) => part.unreadable !== undefined)?.unreadable;
    return { filename, findings: findings.slice(0, maxFindings), unreadable };
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    return { filename, findings: [], unreadable: codeFinding('hidden', '', 0, error.message).seen };
  } finally {
    await bytes.close();
  }
}

/** Orders findings by how much they mean, and removes repeated ones. */
function unique(findings: readonly CodeFinding[]): readonly CodeFinding[] {
  const found = new Map(findings.map((finding) => [`${finding.kind}:${finding.path}:${finding.line}`, finding]));
  return [...found.values()].toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

const order: readonly string[] = [
  'hidden',
  'program',
  'network',
  'persistence',
  'replacement',
  'startup-reach',
  'import-time',
  'shell',
  'startup',
  'more-than-setup',
];
