import type { ProjectName } from '../../index/types.ts';
import { usesInstallCode } from '../conditions/policy-conditions.ts';
import { ownFindings } from '../own-gates.ts';
import type { OwnGate, Policy } from '../policy.ts';
import type { Signal, Signals } from '../types.ts';
import type { FileInspection } from './code-finding.ts';
import { installCodeOf } from './file-outcome.ts';

/** Returns the own gates of a policy on install-time code. */
export function ownCodeGates({ gates }: Policy): readonly OwnGate[] {
  return gates.own.filter(({ when }) => usesInstallCode(when));
}

/** Returns the verdict of own gates on the code of one file. */
export function ownCodeVerdict(
  gates: readonly OwnGate[],
  release: { readonly name: ProjectName; readonly version: string },
  inspection: FileInspection,
  isRanked: boolean,
): { readonly status: 'ALLOWED' | 'HELD' | 'BLOCKED'; readonly reasons: readonly string[] } {
  const value = installCodeOf(inspection);
  // In a file that could not be read completely, there may be more.
  const lowerBound = inspection.unreadable !== undefined;
  const installCode: Signal<typeof value> = { known: true, value, source: 'the files', fetchedAt: '', lowerBound };
  // Conditions on install-time code have no other signals, which `loadPolicy` checks.
  const signals = { rank: isRanked ? 1 : null, installCode } as unknown as Signals;
  const findings = ownFindings(gates, { ...release, signals, now: 0 }).filter(
    ({ gate, state }) => gate && state !== 'quiet',
  );
  const isBlocked = findings.some(({ gate, state }) => gate === 'block' && state === 'fired');
  const status = isBlocked ? 'BLOCKED' : findings.length > 0 ? 'HELD' : 'ALLOWED';
  return { status, reasons: findings.map(({ text }) => `${inspection.filename}: ${text}`) };
}
