import type { Finding, Signal, Signals, Verdict } from '../firewall/types.ts';
import type { FilesDecision } from './decide-files.ts';
import type { FileVerdict } from './ports.ts';

/** The evidence of a release as the assessment writes it. */
type Evidence = { readonly verdict?: Verdict; readonly signals?: Signals };

const source = 'the files';

/**
 * Returns the evidence of a release with the result of the inspection of its files: the signal, the finding of the gate
 * and, for a release that is not copied, the verdict. Undefined for evidence that was cut or that another version wrote.
 *
 * @param now epoch milliseconds
 */
export function withFileEvidence(
  evidence: unknown,
  {
    verdicts,
    decision,
    now,
  }: {
    readonly verdicts: ReadonlyMap<string, FileVerdict>;
    readonly decision: FilesDecision;
    readonly now: number;
  },
): object | undefined {
  const { verdict, signals, ...rest } = (evidence ?? {}) as Evidence;
  if (verdict === undefined || signals === undefined) return undefined;
  const fetchedAt = new Date(now).toISOString();
  const isRejected = decision.kind === 'reject';
  // The code of withheld files says nothing about a release that installs from another file.
  const value = isRejected ? [...verdicts.values()].flatMap(({ code = [] }) => code).slice(0, 20) : [];
  const installCode: Signal<typeof value> = { known: true, value, source, fetchedAt };
  const finding: Finding = {
    ...{ rule: 'installCode', signal: 'installCode', scope: 'file', source, fetchedAt, value },
    text: isRejected
      ? reasonsOf(decision)
          .map(({ text }) => text)
          .join('; ')
      : 'Install-time code',
    state: isRejected ? 'fired' : 'quiet',
    gate: isRejected && decision.status === 'BLOCKED' ? 'block' : 'hold',
    note: noteOf(verdicts),
  };
  const findings = [...verdict.findings.filter(({ rule }) => rule !== 'installCode'), finding];
  return {
    ...rest,
    signals: { ...signals, installCode },
    verdict: { ...verdict, findings, ...rejected(verdict, decision) },
  };
}

function rejected(verdict: Verdict, decision: FilesDecision): Partial<Verdict> {
  if (decision.kind === 'copy') return {};
  const { status } = decision;
  return {
    outcome: status,
    level: status === 'BLOCKED' ? 'Red' : 'Yellow',
    reasons: [...verdict.reasons, ...reasonsOf(decision)],
    scope: 'file',
  };
}

const reasonsOf = (decision: FilesDecision) => (decision.kind === 'reject' ? (decision.facts.reasons ?? []) : []);

function noteOf(verdicts: ReadonlyMap<string, FileVerdict>): string {
  const all = [...verdicts.values()];
  const uninspected = all.filter(({ status, unread }) => status === 'LATER' || unread === true).length;
  const refused = all.filter(({ status }) => status === 'HELD' || status === 'BLOCKED').length;
  const allowed = all.length - uninspected - refused;
  return `${allowed} allowed, ${refused} not allowed, ${uninspected} not inspected`;
}
