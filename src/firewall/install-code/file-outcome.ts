import { recommendedPolicy } from '../policy.ts';
import type { InstallCode, Reach } from '../types.ts';
import type { CodeFinding, FileInspection } from './code-finding.ts';

type CodeGate = {
  readonly enabled: boolean;
  readonly does: 'hold' | 'block';
  readonly ranked: readonly Reach[];
  readonly unranked: readonly Reach[];
};

/** Returns the findings that count for a project: fewer kinds for one that is in the popularity list. */
export function relevantFindings(
  { findings }: FileInspection,
  isRanked: boolean,
  gate: CodeGate = recommendedPolicy.gates.installCode,
): readonly CodeFinding[] {
  const kinds = isRanked ? gate.ranked : gate.unranked;
  return findings.filter(({ kind }) => kinds.includes(kind));
}

/** Returns what the policy does with one file. A file that cannot be read completely is on hold. */
export function fileOutcome(
  inspection: FileInspection,
  isRanked: boolean,
  gate: CodeGate = recommendedPolicy.gates.installCode,
): 'ALLOWED' | 'HELD' | 'BLOCKED' {
  if (!gate.enabled) return 'ALLOWED';
  if (relevantFindings(inspection, isRanked, gate).length > 0) return gate.does === 'block' ? 'BLOCKED' : 'HELD';
  return inspection.unreadable === undefined ? 'ALLOWED' : 'HELD';
}

/** Returns the findings of a file as a signal keeps them, and one more for a file that cannot be read completely. */
export function installCodeOf({ filename, findings, unreadable }: FileInspection): readonly InstallCode[] {
  const found = findings.map(
    ({ kind, path, line, seen }): InstallCode => ({
      file: `${filename}: ${path}`.slice(0, 300),
      reach: kind,
      line,
      word: seen,
    }),
  );
  return unreadable === undefined
    ? found
    : [{ file: filename, reach: 'unreadable', line: 0, word: unreadable }, ...found];
}
