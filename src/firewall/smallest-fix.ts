import { compareVersions, isPrerelease } from '../index/versions.ts';
import type { GatherContext } from './gather-context.ts';
import { newestVersion, versionKey } from './page-facts.ts';
import type { Signal } from './types.ts';

const dayInMilliseconds = 86_400_000;

/**
 * Returns the advisories on the previous release that this release is the smallest to fix. Such a release is exempt from
 * the cooldown. Returns undefined if the release is not within the cooldown or nothing can be compared.
 */
export async function smallestFix(context: GatherContext): Promise<Signal<readonly string[]> | undefined> {
  const { project, release, releasedAt, policy, sources } = context;
  const { days } = policy.gates.cooldown;
  const now = Date.parse(project.assessedAt);
  const cooldownEnd = (time: number): number => time + days * dayInMilliseconds;
  if (release === null || !releasedAt.known || !(now < cooldownEnd(Date.parse(releasedAt.value)))) return undefined;
  const listed = listReleases(context);
  const previous = newestVersion(
    listed
      .filter(
        ({ version, time }) => compareVersions(version, release) < 0 && time !== undefined && cooldownEnd(time) <= now,
      )
      .map(({ version }) => version),
  );
  if (previous === null || sources.vulnerabilities === undefined) return undefined;
  const advisories = await sources.vulnerabilities(project.name, previous);
  if (!advisories.known) return advisories;
  const value = advisories.value
    .filter(({ fixedIn }) => fixedIn !== null && isSmallestFix(release, fixedIn, listed))
    .map(({ id }) => id);
  return { ...advisories, value, note: `advisories on ${previous}` };
}

type ListedRelease = { readonly version: string; readonly time: number | undefined };

/** Returns the releases of the index page, or else of PyPI, with the time of their newest file. */
function listReleases({ project }: GatherContext): readonly ListedRelease[] {
  if (project.page !== undefined) {
    return [...project.page.releases.values()].map(({ version, files }) => {
      const times = files.map(({ uploadTime }) => Date.parse(uploadTime ?? ''));
      return { version, time: times.every(Number.isFinite) ? Math.max(...times) : undefined };
    });
  }
  const releases = project.pypi.known ? (project.pypi.value?.releases ?? {}) : {};
  return Object.entries(releases).map(([version, { uploadedAt }]) => ({
    version,
    time: uploadedAt === null ? undefined : Date.parse(uploadedAt),
  }));
}

/** Checks that no listed final release lies between the first fixed version and this release. */
function isSmallestFix(release: string, fixedIn: string, listed: readonly ListedRelease[]): boolean {
  if (compareVersions(release, fixedIn) < 0) return false;
  return !listed.some(
    ({ version }) =>
      !isPrerelease(version) &&
      versionKey(version) !== versionKey(release) &&
      compareVersions(version, fixedIn) >= 0 &&
      compareVersions(version, release) < 0,
  );
}
