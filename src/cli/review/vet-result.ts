import type { ExitReason } from '../../errors.ts';
import { parseRequirement } from '../../index/requirement.ts';
import { exitOf } from '../../install/exit.ts';
import type { RequirementLocation, VetOutcome } from '../../review/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { replacementText } from '../messages.ts';
import { type Problem, type ProblemContext, problemOf, problemsOf } from '../problems.ts';

/** One finding about the requirements, as every format shows it. */
export type VetFinding = {
  /** The code of the problem, as in the report. */
  readonly code: Problem['code'];
  /** `note`: the release is skipped, an older one passes. */
  readonly level: 'error' | 'warning' | 'note';
  /** `name` or `name version`; `the request` if no release is the cause. */
  readonly subject: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly secondHint?: string | undefined;
  readonly at?: { readonly file: string; readonly line?: number | undefined } | undefined;
  readonly refusal?: Refusal | undefined;
  /** For a skipped release: the end of the sentence, which names the release chosen instead. */
  readonly replacement?: string | undefined;
};

/** The verdict on all requirements. */
export type VetResult = {
  readonly exitCode: number;
  readonly reason: string;
  readonly requestId: string;
  readonly attempt: number;
  readonly asked: readonly RequirementLocation[];
  readonly releases: VetOutcome['releases'];
  readonly findings: readonly VetFinding[];
  /** Number of refusals that the record left out. */
  readonly omitted: number;
  /** Whom to ask about holds and blocks. */
  readonly contact?: string | undefined;
};

/** Returns what a vetting found. `asks`: whether other people decide, so that hints say how to ask them. */
export function vetResult(
  { answer, releases, requirements: asked }: VetOutcome,
  { asks }: Pick<ProblemContext, 'asks'> = {},
): VetResult {
  const { record, kind } = answer;
  const { exitCode, reason } =
    kind === 'secure' ? { exitCode: 0, reason: 'ok' satisfies ExitReason } : exitOf(ending(answer));
  const refusals = record.refusals.map((refusal) =>
    refusalFinding(refusal, asked, replacementText(refusal, releases), asks),
  );
  const whole = kind === 'secure' || kind === 'refused' ? [] : problemsOf(ending(answer)).map(wholeFinding);
  return {
    exitCode,
    reason,
    requestId: record.requestId,
    attempt: record.attempt,
    asked,
    releases,
    findings: [...whole, ...refusals],
    omitted: record.refusalsOmitted ?? 0,
    contact: record.contact,
  };
}

function ending(answer: VetOutcome['answer']) {
  return {
    ending: { kind: 'vetting', answer } as const,
    ...{ pipRuns: 0, requests: [answer.record], releases: [], passedOver: [], deniedHosts: [] },
  };
}

function refusalFinding(
  refusal: Refusal,
  asked: readonly RequirementLocation[],
  replacement: string,
  asks: boolean | undefined,
): VetFinding {
  const { name, version, kind, fatal } = refusal;
  const { code, message, hint, secondHint } = problemOf(refusal, { asks });
  return {
    code,
    level: fatal ? (kind === 'HELD' ? 'warning' : 'error') : 'note',
    subject: version === null ? name : `${name} ${version}`,
    message: fatal ? message : `${message}${replacement}`,
    replacement: fatal ? undefined : replacement,
    hint: fatal ? hint : undefined,
    secondHint: fatal ? secondHint : undefined,
    at: locationOf(refusal, asked),
    refusal,
  };
}

function wholeFinding({ code, message, hint, secondHint }: Problem): VetFinding {
  return { code, level: 'error', subject: 'the request', message, hint, secondHint };
}

/**
 * Returns where a project is required, or where the requirement that needs it is; the file alone if that is unknown, and
 * nothing for an argument.
 */
function locationOf({ name, neededBy }: Refusal, asked: readonly RequirementLocation[]): VetFinding['at'] {
  const of = (project: string | undefined) =>
    asked.filter(({ text }) => project !== undefined && nameOf(text) === project);
  const roots = [...of(name), ...of(neededBy)];
  const own = roots.find(({ file }) => file !== undefined);
  if (own?.file !== undefined) return { file: own.file, line: own.line };
  const file = asked.find((one) => one.file !== undefined)?.file;
  return file === undefined || roots.length > 0 ? undefined : { file };
}

function nameOf(requirement: string): string | undefined {
  return parseRequirement(requirement)?.name;
}
