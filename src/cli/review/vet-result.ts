import type { ExitReason } from '../../errors.ts';
import { parseRequirement } from '../../index/requirement.ts';
import { exitOf } from '../../install/exit.ts';
import type { RequirementLocation, VetOutcome } from '../../review/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { type Problem, problemOf, problemsOf } from '../problems.ts';

/** Something found against what was asked for, as every format tells it. */
export type VetFinding = {
  /** What stands in the way: the `code` of told obstacles. */
  readonly code: Problem['code'];
  /** `note`: an older release was taken. */
  readonly level: 'error' | 'warning' | 'note';
  /** `name` or `name version`; what was asked for where no release is to blame. */
  readonly subject: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at?: { readonly file: string; readonly line?: number | undefined } | undefined;
  readonly refusal?: Refusal | undefined;
};

/** The decision about everything asked for. */
export type VetResult = {
  readonly exitCode: number;
  readonly reason: string;
  readonly requestId: string;
  readonly attempt: number;
  readonly asked: readonly RequirementLocation[];
  readonly releases: VetOutcome['releases'];
  readonly findings: readonly VetFinding[];
  /** Refusals that the record had no room for. */
  readonly omitted: number;
};

/** What a vetting found, ready to be told. */
export function vetResult({ answer, releases, requirements: asked }: VetOutcome): VetResult {
  const { record, kind } = answer;
  const { exitCode, reason } =
    kind === 'secure' ? { exitCode: 0, reason: 'ok' satisfies ExitReason } : exitOf(ending(answer));
  const refusals = record.refusals.map((refusal) => refusalFinding(refusal, asked));
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
  };
}

function ending(answer: VetOutcome['answer']) {
  return {
    ending: { kind: 'vetting', answer } as const,
    ...{ pipRuns: 0, requests: [answer.record], releases: [], passedOver: [], deniedHosts: [] },
  };
}

function refusalFinding(refusal: Refusal, asked: readonly RequirementLocation[]): VetFinding {
  const { name, version, kind, fatal } = refusal;
  const { code, message, hint } = problemOf(refusal, 'install');
  return {
    code,
    level: fatal ? (kind === 'HELD' ? 'warning' : 'error') : 'note',
    subject: version === null ? name : `${name} ${version}`,
    message: fatal ? message : `${message}; an older release was taken`,
    hint: fatal ? hint : undefined,
    at: placeOf(name, asked),
    refusal,
  };
}

function wholeFinding({ code, message, hint }: Problem): VetFinding {
  return { code, level: 'error', subject: 'the request', message, hint };
}

/** Where a project is asked for; the file alone when something in it needs the project. */
function placeOf(name: string, asked: readonly RequirementLocation[]): VetFinding['at'] {
  const own = asked.find(({ text, file }) => file !== undefined && nameOf(text) === name);
  if (own?.file !== undefined) return { file: own.file, line: own.line };
  const file = asked.find((one) => one.file !== undefined)?.file;
  return file === undefined || asked.some(({ text }) => nameOf(text) === name) ? undefined : { file };
}

function nameOf(requirement: string): string | undefined {
  return parseRequirement(requirement)?.name;
}
