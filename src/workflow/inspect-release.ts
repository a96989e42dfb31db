import type { IndexFile, Release } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { planInspection } from './plan-inspection.ts';
import type { FileVerdict, InspectedFiles } from './ports.ts';

/** What the inspection of a release uses. */
export type InspectionPorts = {
  /** Whether the popularity list has the project. */
  readonly isRanked: (name: Release['name']) => boolean;
  /** Returns the files that package-install lists for a release. */
  readonly list: (release: Release) => Promise<readonly IndexFile[]>;
  /** Judges the bytes of a file as package-install holds them. */
  readonly judgeWhole: (release: Release, file: IndexFile) => Promise<FileVerdict>;
  /** Judges the parts of a file of the index that run when it is installed or when Python starts. */
  readonly judgeRanges: (release: Release, file: IndexFile) => Promise<FileVerdict>;
};

const parallel = 4;
const unread: FileVerdict = { status: 'ALLOWED', reasons: [], unread: true };
const later: FileVerdict = { status: 'LATER', reasons: ['no request has needed this file yet'] };

/**
 * Returns the verdict on each file of a release, by file name.
 *
 * @throws AwspipError `unavailable`, when package-install or the index doesn't send a file
 */
export async function inspectRelease(
  release: Release,
  inspected: InspectedFiles,
  ports: InspectionPorts,
): Promise<ReadonlyMap<string, FileVerdict>> {
  const { sha256 } = inspected;
  const files = (await ports.list(release)).filter(({ filename }) => Object.hasOwn(sha256, filename));
  const isRanked = ports.isRanked(release.name);
  const plan = planInspection(release.name, files, { ...inspected, isRanked });
  const verdicts = await mapConcurrently([...files], parallel, async (file) => {
    const known = withDigest(file, sha256[file.filename]);
    const inspection = plan.get(file.filename);
    const verdict = await judge(release, known, inspection, ports);
    return [file.filename, inspection === 'whole' ? { ...verdict, sha256: known.hashes.sha256 } : verdict] as const;
  });
  // An assessed file that package-install doesn't list was not read.
  const unlisted = Object.keys(sha256).filter((filename) => !plan.has(filename));
  return new Map([...verdicts, ...unlisted.map((filename) => [filename, later] as const)]);
}

async function judge(
  release: Release,
  file: IndexFile,
  inspection: string | undefined,
  { judgeWhole, judgeRanges }: InspectionPorts,
): Promise<FileVerdict> {
  if (inspection === 'whole') return judgeWhole(release, file);
  if (inspection === 'ranges') return judgeRanges(release, file);
  return inspection === 'later' ? later : unread;
}

/** Returns the file with its assessed digest, which the download must have. */
function withDigest(file: IndexFile, sha256: string | undefined): IndexFile {
  return sha256 === undefined || sha256 === '' ? file : { ...file, hashes: { ...file.hashes, sha256 } };
}
