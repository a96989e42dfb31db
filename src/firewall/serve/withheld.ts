import type { ProjectPage } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import { newestVersion, readPage } from '../page-facts.ts';
import type { Assessment } from '../types.ts';
import { type ProxyRefusal, proxyRefusal } from './proxy-refusal.ts';

/** A release of which the proxy leaves out files, and why. */
type WithheldRelease = ProxyRefusal & { readonly files: readonly string[] };

const maxReleases = 1_000;

/** Returns what is left out of a page, newest release first. */
export function withheldReleases(
  leftOut: ReadonlyMap<string, Assessment>,
  contact?: string,
): readonly WithheldRelease[] {
  const byVersion = new Map<string, { assessment: Assessment; files: string[] }>();
  for (const [filename, assessment] of leftOut) {
    const version = assessment.version ?? '';
    const known = byVersion.get(version);
    if (known === undefined) byVersion.set(version, { assessment, files: [filename] });
    else known.files.push(filename);
  }
  return [...byVersion]
    .toSorted(([a], [b]) => compareVersions(b, a))
    .slice(0, maxReleases)
    .map(([, { assessment, files }]) => ({ ...proxyRefusal(assessment, contact), files }));
}

/**
 * Returns the assessment of the newest release if it is left out and waits for a person: the release that installers would
 * choose. One within the cooldown is allowed by itself later.
 */
export function withheldForDecision(
  page: ProjectPage,
  leftOut: ReadonlyMap<string, Assessment>,
): Assessment | undefined {
  const newest = newestVersion([...readPage(page).releases.values()].map(({ version }) => version));
  const assessment = [...leftOut.values()].find(({ version }) => version === newest);
  return assessment?.verdict.heldUntil === undefined ? assessment : undefined;
}

/** Returns one line for the log: the number of files, and the newest releases with their reasons. */
export function describeWithheld(leftOut: ReadonlyMap<string, Assessment>): string {
  const releases = withheldReleases(leftOut);
  const shown = releases.slice(0, 3).map(({ error }) => error.slice(0, 300));
  const more = releases.length > shown.length ? ` and ${releases.length - shown.length} more releases` : '';
  return `${leftOut.size} ${leftOut.size === 1 ? 'file' : 'files'}: ${shown.join('; ')}${more}`;
}
