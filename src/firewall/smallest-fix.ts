import { compareVersions, isPrerelease } from '../index/versions.ts';
import type { FurtherQuestion } from './further-question.ts';
import { newestVersion, versionKey } from './page-facts.ts';
import type { Signal } from './types.ts';

const day = 86_400_000;

/**
 * Advisories on what one would have without this release, if it is the smallest release to fix them: such a one need not
 * wait for its cooldown. Asked only of releases that are under one.
 */
export async function smallestFix(question: FurtherQuestion): Promise<Signal<readonly string[]> | undefined> {
  const { known, release, releasedAt, policy, asked } = question;
  const { days } = policy.gates.cooldown;
  const at = Date.parse(known.at);
  if (release === null || !releasedAt.known || !(at < Date.parse(releasedAt.value) + days * day)) return undefined;
  const listed = listReleases(question);
  const before = newestVersion(
    listed
      .filter(
        ({ version, time }) => compareVersions(version, release) < 0 && time !== undefined && time + days * day <= at,
      )
      .map(({ version }) => version),
  );
  if (before === null || asked.vulnerabilities === undefined) return undefined;
  const found = await asked.vulnerabilities(known.name, before);
  if (!found.known) return found;
  const value = found.value
    .filter(({ fixedIn }) => fixedIn !== null && isSmallest(release, fixedIn, listed))
    .map(({ id }) => id);
  return { ...found, value, note: `advisories on ${before}` };
}

type Listed = { readonly version: string; readonly time: number | undefined };

/** Releases of the page, or else of PyPI, with the time of their newest file. */
function listReleases({ known }: FurtherQuestion): readonly Listed[] {
  if (known.page !== undefined) {
    return [...known.page.releases.values()].map(({ version, files }) => {
      const times = files.map(({ uploadTime }) => Date.parse(uploadTime ?? ''));
      return { version, time: times.every(Number.isFinite) ? Math.max(...times) : undefined };
    });
  }
  const releases = known.pypi.known ? (known.pypi.value?.releases ?? {}) : {};
  return Object.entries(releases).map(([version, { uploadedAt }]) => ({
    version,
    time: uploadedAt === null ? undefined : Date.parse(uploadedAt),
  }));
}

/** No listed release lies between the first fixed version and this one. */
function isSmallest(release: string, fixedIn: string, listed: readonly Listed[]): boolean {
  if (compareVersions(release, fixedIn) < 0) return false;
  return !listed.some(
    ({ version }) =>
      !isPrerelease(version) &&
      versionKey(version) !== versionKey(release) &&
      compareVersions(version, fixedIn) >= 0 &&
      compareVersions(version, release) < 0,
  );
}
