import { AwspipError, type ExitReason, exitCodes } from '../errors.ts';
import type { Observed } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import type { InstallResult } from './types.ts';

/** Returns the exit code and reason of an install: pip's own code if the failure is pip's, otherwise ours. */
export function exitOf({ ending }: InstallResult): { readonly exitCode: number; readonly reason: string } {
  switch (ending.kind) {
    case 'pip':
    case 'no-progress':
      return { exitCode: ending.exitCode, reason: ending.exitCode === 0 ? 'ok' : 'pip' };
    case 'interrupted':
      return { exitCode: ending.exitCode ?? exitCodes.interrupted.code, reason: 'interrupted' };
    case 'mismatch':
      return exitFor('blocked');
    case 'conflict':
      return exitFor('notFound');
    case 'relay-failure':
      return exitFor(relayFailureReason(ending.observed));
    case 'vetting':
      return exitFor(vettingReason(ending.answer));
  }
}

function exitFor(reason: ExitReason): { exitCode: number; reason: ExitReason } {
  return { exitCode: exitCodes[reason].code, reason };
}

function relayFailureReason({ failures }: Observed): ExitReason {
  const failedWithError = failures.find(({ error }) => error instanceof AwspipError)?.error;
  if (failedWithError instanceof AwspipError) return failedWithError.exit;
  return failures.some(({ kind }) => kind === 'denied') ? 'denied' : 'unavailable';
}

/** Reasons by severity: a blocked release outranks one on hold, and both outrank a missing one. */
const bySeverity: readonly (readonly [Refusal['kind'], ExitReason])[] = [
  ['BLOCKED', 'blocked'],
  ['HELD', 'held'],
  ['NOT_FOUND', 'notFound'],
  ['ERROR', 'unavailable'],
];

function vettingReason({ kind, record }: VettingOutcome): ExitReason {
  if (kind === 'still-running') return 'held';
  if (kind === 'error') return 'unavailable';
  const fatal = new Set(record.refusals.filter((refusal) => refusal.fatal).map((refusal) => refusal.kind));
  return bySeverity.find(([refused]) => fatal.has(refused))?.[1] ?? 'blocked';
}
