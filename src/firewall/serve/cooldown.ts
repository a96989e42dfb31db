import type { ProjectName, ProjectPage } from '../../index/types.ts';
import { findEntry } from '../lists.ts';
import { readPage } from '../page-facts.ts';
import type { Policy } from '../policy.ts';
import type { Assessment } from '../types.ts';

const day = 86_400_000;
/** Young releases of one page that are judged for an exemption; further ones are hidden for their age alone. */
const maxAssessed = 5;

/** What is asked about a young release. */
export type AssessVersion = (version: string) => Promise<Assessment>;

/**
 * Filenames of a page to leave out: those of releases within the cooldown, unless the policy lets them pass (the allow
 * list, the smallest fix of an advisory).
 */
export async function filesWithinCooldown(
  page: ProjectPage,
  { policy, now, judge }: { readonly policy: Policy; readonly now: number; readonly judge: AssessVersion },
): Promise<ReadonlySet<string>> {
  const { days } = policy.gates.cooldown;
  if (days === 0) return new Set();
  const recent = [...readPage(page).releases.values()].filter(({ files }) =>
    files.some(({ uploadTime }) => uploadTime !== undefined && now < Date.parse(uploadTime) + days * day),
  );
  const hidden = await Promise.all(
    recent.map(async ({ version, files }, index) => {
      const passes =
        isAllowed(page.name, version, policy, now) || (index < maxAssessed && (await isExempt(version, judge)));
      return passes ? [] : files.map(({ filename }) => filename);
    }),
  );
  return new Set(hidden.flat());
}

function isAllowed(name: ProjectName, version: string, { allow }: Policy, now: number): boolean {
  return findEntry(allow, { name, version }, now) !== undefined;
}

async function isExempt(version: string, judge: AssessVersion): Promise<boolean> {
  const assessment = await judge(version).catch(() => undefined);
  return assessment?.verdict.outcome === 'ALLOWED';
}
