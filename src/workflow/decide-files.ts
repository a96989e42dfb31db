import type { ReleaseChange } from '../vetting/store-types.ts';
import type { WithheldFile } from '../vetting/types.ts';
import type { FileVerdict } from './ports.ts';
import { truncate } from './refusals.ts';

/** What becomes of a release: it is copied, some of its files withheld, or it is not copied. */
export type FilesDecision =
  | { readonly kind: 'copy'; readonly withheld: Readonly<Record<string, WithheldFile>> }
  | { readonly kind: 'reject'; readonly status: 'BLOCKED' | 'HELD'; readonly facts: ReleaseChange };

/**
 * Decides from the verdicts on the files of a release. A refused file is withheld while the file that the request needs
 * is allowed. `hold` rejects the release for any refused file, because CodeArtifact copies a release with all its files.
 *
 * @param needed undefined if the release is in secure-pypi already, or if no file is known to be needed
 */
export function decideFiles(
  verdicts: ReadonlyMap<string, FileVerdict>,
  { mode, needed }: { readonly mode: 'hide' | 'hold'; readonly needed: string | undefined },
): FilesDecision {
  const refused = [...verdicts].filter(([, { status }]) => status === 'BLOCKED' || status === 'HELD');
  const allowed = [...verdicts].filter(([, { status }]) => status === 'ALLOWED');
  const neededVerdict = refused.find(([filename]) => filename === needed);
  if (neededVerdict !== undefined && mode === 'hide') return rejection([neededVerdict]);
  if (refused.length > 0 && (allowed.length === 0 || mode === 'hold')) return rejection(refused);
  const withheld = [...verdicts].flatMap(([filename, { status, reasons }]) =>
    status === 'ALLOWED' ? [] : [[filename, { status, reasons: reasons.slice(0, maxReasons).map(short) }] as const],
  );
  return { kind: 'copy', withheld: Object.fromEntries(withheld) };
}

const maxReasons = 5;
const short = (text: string): string => truncate(text, 240);

function rejection(refused: readonly (readonly [string, FileVerdict])[]): FilesDecision {
  const status = refused.some(([, verdict]) => verdict.status === 'BLOCKED') ? 'BLOCKED' : 'HELD';
  const texts = new Set(refused.flatMap(([, { reasons }]) => reasons));
  const reasons = [...texts].slice(0, 10).map((text) => ({ text: short(text) }));
  return { kind: 'reject', status, facts: { reasons, scope: 'file', riskLevel: status === 'HELD' ? 'Yellow' : 'Red' } };
}
