import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { CodeFinding, FileInspection } from '../firewall/install-code/code-finding.ts';
import { fileOutcome, relevantFindings } from '../firewall/install-code/file-outcome.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';
import { ownCodeGates, ownCodeVerdict } from '../firewall/install-code/own-code-gates.ts';
import type { Policy } from '../firewall/policy.ts';
import { parseFilename } from '../index/filename.ts';
import { normaliseName } from '../index/names.ts';

/** What the policy does with one file on disk. `awspip policy inspect` prints it as one line. */
export type InspectedFile = {
  readonly file: string;
  readonly outcome: 'ALLOWED' | 'HELD' | 'BLOCKED';
  /** Why the file could not be read completely. */
  readonly unreadable?: string | undefined;
  /** The reasons of the policy's own gates; absent if none holds or blocks. */
  readonly reasons?: readonly string[] | undefined;
  readonly findings: readonly CodeFinding[];
};

type Outcome = InspectedFile['outcome'];

/** Applies the policy's own gates. The file name has the project and the version. */
function ownOutcome(inspection: FileInspection, isRanked: boolean, policy: Policy): ReturnType<typeof ownCodeVerdict> {
  const gates = ownCodeGates(policy);
  const { filename } = inspection;
  // A wheel has its name before the first hyphen, an sdist before the last one.
  const end = filename.endsWith('.whl') ? filename.indexOf('-') : filename.lastIndexOf('-');
  const name = normaliseName(filename.slice(0, Math.max(0, end)));
  const parsed = gates.length === 0 ? undefined : parseFilename(filename, name);
  if (parsed === undefined) return { status: 'ALLOWED', reasons: [] };
  return ownCodeVerdict(gates, { name, version: parsed.version }, inspection, isRanked);
}

const stricter = (a: Outcome, b: Outcome): Outcome =>
  (['BLOCKED', 'HELD'] as const).find((outcome) => a === outcome || b === outcome) ?? 'ALLOWED';

/**
 * Judges a wheel or an sdist on disk by the code in it. It runs nothing and uses no network.
 *
 * @throws {AwspipError} `file-unreadable` (78), if there is no such file.
 */
export async function inspectFile(file: string, isRanked: boolean, policy: Policy): Promise<InspectedFile> {
  const { installCode } = policy.gates;
  try {
    const inspection = await inspectArchive({ filename: path.basename(file), archive: path.resolve(file) });
    const { unreadable } = inspection;
    const findings = relevantFindings(inspection, isRanked, installCode);
    const own = ownOutcome(inspection, isRanked, policy);
    const outcome = stricter(fileOutcome(inspection, isRanked, installCode), own.status);
    const reasons = own.reasons.length === 0 ? {} : { reasons: own.reasons };
    return { file, outcome, unreadable, ...reasons, findings };
  } catch (cause) {
    throw new AwspipError('file-unreadable', `cannot read \`${file}\``, {
      exit: 'configuration',
      hint: 'check the path and the permissions of the file',
      cause,
    });
  }
}
