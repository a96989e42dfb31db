import { parseFilename } from '../index/filename.ts';
import type { ProjectName } from '../index/types.ts';
import type { InspectedFiles } from './ports.ts';

/**
 * How a file of a release is inspected. `whole`: its bytes as package-install holds them, with their digest checked.
 * `ranges`: the parts that run when it is installed or when Python starts, read from the index. `later`: not yet; it is
 * withheld. `unread`: not at all, as most platforms don't install it.
 */
export type Inspection = 'whole' | 'ranges' | 'later' | 'unread';

/** A listed file with its size in bytes, if the index has it. */
type ListedFile = { readonly filename: string; readonly size?: number | undefined };

/** Wheels in addition to the needed file: their number, and the bytes that are read whole. */
const maxWheels = { ranked: 12, unranked: 100 };
const maxWholeBytes = 20 * 1024 * 1024;

/**
 * Decides how each file of a release is inspected, by file name. The file that the request needs is read whole. An sdist
 * of a ranked project that has wheels is left for later. Wheels of a ranked project are read by ranges.
 */
export function planInspection(
  name: ProjectName,
  files: readonly ListedFile[],
  { needed, all, isRanked }: Pick<InspectedFiles, 'needed' | 'all'> & { readonly isRanked: boolean },
): ReadonlyMap<string, Inspection> {
  const isWheel = ({ filename }: ListedFile): boolean => parseFilename(filename, name)?.kind === 'wheel';
  const wheels = files.filter((file) => isWheel(file) && file.filename !== needed);
  const total = files.reduce((sum, { size = Infinity }) => sum + size, 0);
  const read = wheels
    .toSorted((a, b) => platformPriority(b) - platformPriority(a))
    .slice(0, isRanked ? maxWheels.ranked : maxWheels.unranked);
  return new Map(
    files.map((file): [string, Inspection] => {
      const { filename } = file;
      if (all || filename === needed) return [filename, 'whole'];
      if (!isWheel(file)) return [filename, isRanked && files.some(isWheel) ? 'later' : 'whole'];
      if (!read.includes(file)) return [filename, 'unread'];
      return [filename, !isRanked && total <= maxWholeBytes ? 'whole' : 'ranges'];
    }),
  );
}

function platformPriority({ filename }: ListedFile): number {
  return ['none-any', 'x86_64', 'manylinux', 'win_amd64', 'arm64'].findLastIndex((part) => filename.includes(part)) + 1;
}
