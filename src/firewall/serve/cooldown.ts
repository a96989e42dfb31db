import type { ProjectName, ProjectPage } from '../../index/types.ts';
import { findEntry } from '../lists.ts';
import { readPage } from '../page-facts.ts';
import type { Policy } from '../policy.ts';
import type { Assessment } from '../types.ts';

const dayInMilliseconds = 86_400_000;
/** The maximum number of recent releases per page that are assessed for an exemption. Others are hidden. */
const maxAssessed = 5;

type AssessVersion = (version: string) => Promise<Assessment>;

/**
 * Returns the names of a page's files that belong to releases within the cooldown. A release is exempt if it is in the
 * allow list, or if the firewall allows it as the smallest fix of an advisory.
 *
 * @param options.now epoch milliseconds
 */
export async function filesWithinCooldown(
  page: ProjectPage,
  { policy, now, assess }: { readonly policy: Policy; readonly now: number; readonly assess: AssessVersion },
): Promise<ReadonlySet<string>> {
  const { days } = policy.gates.cooldown;
  if (days === 0) return new Set();
  const recent = [...readPage(page).releases.values()].filter(({ files }) =>
    files.some(({ uploadTime }) => uploadTime !== undefined && now < Date.parse(uploadTime) + days * dayInMilliseconds),
  );
  const hidden = await Promise.all(
    recent.map(async ({ version, files }, index) => {
      const isVisible =
        isInAllowList(page.name, version, policy, now) || (index < maxAssessed && (await isExempt(version, assess)));
      return isVisible ? [] : files.map(({ filename }) => filename);
    }),
  );
  return new Set(hidden.flat());
}

function isInAllowList(name: ProjectName, version: string, { allow }: Policy, now: number): boolean {
  return findEntry(allow, { name, version }, now) !== undefined;
}

async function isExempt(version: string, assess: AssessVersion): Promise<boolean> {
  const assessment = await assess(version).catch(() => undefined);
  return assessment?.verdict.outcome === 'ALLOWED';
}
