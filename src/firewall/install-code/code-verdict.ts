import type { Policy } from '../policy.ts';
import type { InstallCode } from '../types.ts';
import type { CodeFinding, FileInspection } from './code-finding.ts';
import { fileOutcome, installCodeOf, relevantFindings } from './file-outcome.ts';
import { reachTexts } from './reach-texts.ts';

/** The verdict of a policy on the code of one file: its reasons, and the findings for the evidence. */
export type CodeVerdict = {
  readonly status: 'ALLOWED' | 'HELD' | 'BLOCKED';
  readonly reasons: readonly string[];
  readonly code: readonly InstallCode[];
};

const maxReasons = 3;
const maxRecorded = 20;
/** Characters of code in a reason. */
const maxShown = 60;

/** Returns the verdict on the code that an inspection found. */
export function codeVerdict(
  inspection: FileInspection,
  isRanked: boolean,
  gate: Policy['gates']['installCode'],
): CodeVerdict {
  const { filename, unreadable } = inspection;
  const status = fileOutcome(inspection, isRanked, gate);
  const code = installCodeOf(inspection).slice(0, maxRecorded);
  if (status === 'ALLOWED') return { status, reasons: [], code };
  const texts = relevantFindings(inspection, isRanked, gate).map((finding) => findingText(filename, finding));
  if (unreadable !== undefined) texts.push(`${filename} ${unreadable}`);
  const omitted = texts.length - maxReasons;
  const reasons = [...texts.slice(0, maxReasons), ...(omitted > 0 ? [`${omitted} more findings in ${filename}`] : [])];
  return { status, reasons, code };
}

/** Returns what a finding says, with file, path, line and the code. */
export function findingText(filename: string, { kind, path, line, seen }: CodeFinding): string {
  const place = line > 0 ? `${path}:${line}` : path;
  return `${filename}: ${place} ${reachTexts[kind]} (\`${seen.length > maxShown ? `${seen.slice(0, maxShown)}…` : seen}\`)`;
}
