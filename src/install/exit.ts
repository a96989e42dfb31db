import { AwspipError, type ExitReason, exitCodes } from '../errors.ts';
import type { Observed } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import type { InstallResult } from './types.ts';

/** What a script is told: pip's own code whenever the failure is pip's, else ours, with one word of reason. */
export function exitOf({ ending }: InstallResult): { readonly exitCode: number; readonly reason: string } {
  switch (ending.kind) {
    case 'pip':
    case 'no-progress':
      return { exitCode: ending.exitCode, reason: ending.exitCode === 0 ? 'ok' : 'pip' };
    case 'interrupted':
      return { exitCode: ending.exitCode ?? exitCodes.interrupted.code, reason: 'interrupted' };
    case 'mismatch':
      return ours('blocked');
    case 'trouble':
      return ours(troubleReason(ending.observed));
    case 'vetting':
      return ours(vettingReason(ending.answer));
  }
}

function ours(reason: ExitReason): { exitCode: number; reason: ExitReason } {
  return { exitCode: exitCodes[reason].code, reason };
}

function troubleReason({ trouble }: Observed): ExitReason {
  const known = trouble.find(({ error }) => error instanceof AwspipError)?.error;
  if (known instanceof AwspipError) return known.exit;
  return trouble.some(({ kind }) => kind === 'denied') ? 'denied' : 'unavailable';
}

/** A refusal outranks a hold, and both outrank a name that exists nowhere: the gravest is what must be dealt with. */
const gravest: readonly (readonly [Refusal['kind'], ExitReason])[] = [
  ['BLOCKED', 'blocked'],
  ['HELD', 'held'],
  ['NOT_FOUND', 'notFound'],
  ['ERROR', 'unavailable'],
];

function vettingReason({ kind, record }: VettingOutcome): ExitReason {
  if (kind === 'still-running') return 'held';
  if (kind === 'error') return 'unavailable';
  const fatal = new Set(record.refusals.filter((refusal) => refusal.fatal).map((refusal) => refusal.kind));
  return gravest.find(([refused]) => fatal.has(refused))?.[1] ?? 'blocked';
}
