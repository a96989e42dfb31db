import type { Finding, Signal, Signals, Verdict } from '../firewall/types.ts';
import type { ObservedOutcome } from '../vetting/types.ts';
import type { FilesDecision } from './decide-files.ts';
import { joinObserved } from './observed-outcomes.ts';
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
  const observed = isRejected ? undefined : joinObserved([...verdicts.values()].map((each) => each.observed));
  // The code of withheld files says nothing about a release that installs from another file.
  const recorded = [...verdicts.values()].filter((each) => isRejected || each.observed !== undefined);
  const value = recorded.flatMap(({ code = [] }) => code).slice(0, 20);
  const installCode: Signal<typeof value> = { known: true, value, source, fetchedAt };
  const finding: Finding = {
    ...{ rule: 'installCode', signal: 'installCode', scope: 'file', source, fetchedAt, value },
    text: findingTextOf(isRejected ? reasonsOf(decision).map(({ text }) => text) : observed?.reasons),
    state: isRejected || observed !== undefined ? 'fired' : 'quiet',
    gate: (isRejected ? decision.status : observed?.outcome) === 'BLOCKED' ? 'block' : 'hold',
    note: noteOf(verdicts),
  };
  const findings = [...verdict.findings.filter(({ rule }) => rule !== 'installCode'), finding];
  return {
    ...rest,
    signals: { ...signals, installCode },
    verdict: { ...verdict, findings, ...rejected(verdict, decision), ...withObserved(verdict, observed) },
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

const findingTextOf = (reasons: readonly string[] | undefined): string => reasons?.join('; ') ?? 'Install-time code';

/** Returns what observe mode did not apply: what the assessment found, and then the code of the files. */
function withObserved({ observed: before }: Verdict, files: ObservedOutcome | undefined): Partial<Verdict> {
  if (files === undefined) return {};
  const outcome = before?.outcome === 'BLOCKED' ? 'BLOCKED' : files.outcome;
  const reasons = [...(before?.reasons ?? []), ...files.reasons.map((text) => ({ text }))];
  return { observed: { ...before, outcome, reasons } };
}

const reasonsOf = (decision: FilesDecision) => (decision.kind === 'reject' ? (decision.facts.reasons ?? []) : []);

function noteOf(verdicts: ReadonlyMap<string, FileVerdict>): string {
  const all = [...verdicts.values()];
  const uninspected = all.filter(({ status, unread }) => status === 'LATER' || unread === true).length;
  const refused = all.filter(({ status }) => status === 'HELD' || status === 'BLOCKED').length;
  const allowed = all.length - uninspected - refused;
  return `${allowed} allowed, ${refused} not allowed, ${uninspected} not inspected`;
}
