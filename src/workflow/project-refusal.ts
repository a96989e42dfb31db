import type { FindingScope } from '../firewall/types.ts';
import { compareVersions } from '../index/versions.ts';
import type { Refusal } from '../vetting/types.ts';

/** A refusal of one release, and what its reasons are about. Without scope it says nothing about other releases. */
export type Refused = { readonly refusal: Refusal; readonly scope: FindingScope | undefined };

/** Refused releases after which the others count as refused too. Files differ less between releases than advisories. */
const maxRefused = { file: 5, any: 10 };

/**
 * Returns the refusal that applies to all other releases of a project: the newest one for a reason about the project, or
 * the newest after several releases were refused for reasons of their own. Releases within cooldown don't count, because
 * older ones aren't.
 */
export function refusalOfProject(refused: readonly Refused[]): Refusal | undefined {
  const ordered = refused.toSorted((a, b) => compareVersions(b.refusal.version ?? '', a.refusal.version ?? ''));
  const ofProject = ordered.find(({ scope }) => scope === 'project');
  if (ofProject !== undefined) return ofProject.refusal;
  const counted = ordered.filter(({ refusal, scope }) => scope !== undefined && refusal.heldUntil === undefined);
  const ofFiles = counted.filter(({ scope }) => scope === 'file');
  const repeats = ofFiles.length >= maxRefused.file ? ofFiles : counted.length >= maxRefused.any ? counted : [];
  return repeats[0]?.refusal;
}
