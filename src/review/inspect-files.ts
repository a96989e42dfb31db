import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { CodeFinding } from '../firewall/install-code/code-finding.ts';
import { fileOutcome, relevantFindings } from '../firewall/install-code/file-outcome.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';
import type { Policy } from '../firewall/policy.ts';

/** What the policy does with one file on disk. `awspip policy inspect` prints it as one line. */
export type InspectedFile = {
  readonly file: string;
  readonly outcome: 'ALLOWED' | 'HELD' | 'BLOCKED';
  /** Why the file could not be read completely. */
  readonly unreadable?: string | undefined;
  readonly findings: readonly CodeFinding[];
};

/**
 * Judges a wheel or an sdist on disk by the code in it. It runs nothing and uses no network.
 *
 * @throws {AwspipError} `file-unreadable` (78), if there is no such file.
 */
export async function inspectFile(
  file: string,
  isRanked: boolean,
  { gates: { installCode } }: Policy,
): Promise<InspectedFile> {
  try {
    const inspection = await inspectArchive({ filename: path.basename(file), archive: path.resolve(file) });
    const { unreadable } = inspection;
    const findings = relevantFindings(inspection, isRanked, installCode);
    return { file, outcome: fileOutcome(inspection, isRanked, installCode), unreadable, findings };
  } catch (cause) {
    throw new AwspipError('file-unreadable', `cannot read \`${file}\``, {
      exit: 'configuration',
      hint: 'check the path and the permissions of the file',
      cause,
    });
  }
}
