import { AwspipError } from '../errors.ts';
import { packageCheck } from '../firewall/api-answer.ts';
import { readPage } from '../firewall/page-facts.ts';
import type { Policy } from '../firewall/policy.ts';
import type { Assessment, Signals, Verdict } from '../firewall/types.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease } from '../index/versions.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { Approval, ReleaseRecord } from '../vetting/types.ts';
import type { FirewallService, Records } from './types.ts';

/** Everything that can be said about whether a release may come in. */
export type Explanation = {
  readonly name: ProjectName;
  readonly version: string | null;
  readonly verdict: Verdict;
  /** ISO. */
  readonly judgedAt: string;
  /** `record`: as the workflow decided; `here`: judged just now, on this machine. */
  readonly by: 'record' | 'here';
  /** The policy of this machine, unless another one decided. */
  readonly levels?: Policy['levels'] | undefined;
  readonly record?: Pick<ReleaseRecord, 'status' | 'updatedAt' | 'cause'> | undefined;
  readonly approvals: readonly Approval[];
  /** The one that counts now. */
  readonly standing?: Approval | undefined;
  readonly wouldChange: readonly string[];
  readonly passing: Passing;
};

/** The newest release that would come in now; null when none of the `looked` newest would. */
export type Passing = { readonly version: string | null; readonly looked: number; readonly why?: string | undefined };

const maxCandidates = 20;

type Question = {
  readonly name: ProjectName;
  readonly version: string | null;
  /** Whether to judge the release now, even if it is on record. */
  readonly fresh: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
};

/**
 * Gathers an explanation from the record and, for what it does not say, from a judge on this machine; undefined for a
 * project that is nowhere.
 *
 * @throws AwspipError `version-unknown` (not found)
 */
export async function explain(
  { name, version: asked, fresh, now }: Question,
  records: Pick<Records, 'readRelease' | 'releasesOf' | 'readEvidence' | 'approvalsOf'>,
  judge: FirewallService,
): Promise<Explanation | undefined> {
  const [answer, releases, approvals] = await Promise.all([
    judge.page(name),
    records.releasesOf(name),
    records.approvalsOf(name),
  ]);
  const page = answer.kind === 'found' ? answer.page : undefined;
  const listed = page === undefined ? [] : newestFirst(page);
  if (answer.kind === 'missing' && releases.length === 0) return undefined;
  const version = asked === null ? (listed[0] ?? newestOnRecord(releases)) : spelled(asked, page, releases);
  if (version === undefined) throw unknownVersion(name, asked, listed);
  const record = releases.find((one) => one.version === version);
  const decided = version === null || fresh ? undefined : readDecided(await records.readEvidence({ name, version }));
  const assessment = decided ?? { ...(await judge.assess(name, version)), judgedAt: new Date(now).toISOString() };
  const { verdict, judgedAt } = assessment;
  const known = { name, version: assessment.version ?? version };
  return {
    ...known,
    verdict,
    judgedAt,
    by: decided === undefined ? 'here' : 'record',
    levels: decided === undefined ? judge.policy.levels : undefined,
    record: record && { status: record.status, updatedAt: record.updatedAt, cause: record.cause },
    approvals,
    standing: known.version === null ? undefined : activeApproval(approvals, known.version, now),
    wouldChange: whatWouldChange({ ...assessment, ...known }),
    passing: await newestPassing({ listed, releases, approvals, page, name, now, given: assessment }, judge),
  };
}

/** Newest first; pre-releases only where there is nothing else, and nothing whose files are all yanked. */
function newestFirst(page: ProjectPage): string[] {
  const versions = [...readPage(page).releases.values()]
    .filter(({ files }) => files.some(({ yanked }) => yanked === undefined || yanked === false))
    .map(({ version }) => version);
  const finals = versions.filter((version) => !isPrerelease(version));
  return (finals.length > 0 ? finals : versions).sort((a, b) => compareVersions(b, a));
}

/**
 * The version as the index or the record spells it: `1.0` is `1.0.0`. Undefined where neither has it; as asked where the
 * index did not answer.
 */
function spelled(asked: string, page: ProjectPage | undefined, releases: readonly ReleaseRecord[]): string | undefined {
  const listed = page === undefined ? [] : [...readPage(page).releases.values()];
  const found = [...releases, ...listed].find(({ version }) => compareVersions(version, asked) === 0)?.version;
  return found ?? (page === undefined ? asked : undefined);
}

function unknownVersion(name: ProjectName, version: string | null, listed: readonly string[]): AwspipError {
  const newest = listed.slice(0, 5).join(', ');
  return new AwspipError('version-unknown', `there is no ${name} ${version} upstream, and none on record`, {
    exit: 'notFound',
    hint: newest === '' ? 'check the version for a slip' : `the newest there are: ${newest}`,
  });
}

function newestOnRecord(releases: readonly ReleaseRecord[]): string | null {
  return (
    releases
      .map(({ version }) => version)
      .sort(compareVersions)
      .at(-1) ?? null
  );
}

type Decided = Assessment & { readonly judgedAt: string };

/** The assessment beside a record, which another version of awspip may have written; undefined when it is not whole. */
function readDecided(evidence: unknown): Decided | undefined {
  const { verdict, signals, judgedAt } = (
    typeof evidence === 'object' && evidence !== null ? evidence : {}
  ) as Partial<Decided>;
  const whole =
    Array.isArray(verdict?.findings) && verdict.score !== undefined && signals !== undefined && judgedAt !== undefined;
  return whole ? (evidence as Decided) : undefined;
}

function whatWouldChange(assessment: Assessment): readonly string[] {
  const { name, version } = assessment;
  const { evidence } = packageCheck(assessment, { name, version, explain: true });
  return evidence?.would_change_the_verdict ?? [];
}

type Candidates = {
  readonly name: ProjectName;
  readonly listed: readonly string[];
  readonly page: ProjectPage | undefined;
  readonly releases: readonly ReleaseRecord[];
  readonly approvals: readonly Approval[];
  readonly now: number;
  /** What was judged already. */
  readonly given: { readonly version: string | null; readonly verdict: Verdict; readonly signals?: Signals };
};

/** Looks at the newest releases one by one until one would come in. */
async function newestPassing(candidates: Candidates, judge: FirewallService): Promise<Passing> {
  const { name, listed, releases, approvals, now, given, page } = candidates;
  if (page === undefined) return { version: null, looked: 0, why: 'the index did not say which releases there are' };
  let looked = 0;
  for (const version of listed.slice(0, maxCandidates)) {
    looked += 1;
    const decision = activeApproval(approvals, version, now)?.kind;
    if (decision === 'deny') continue;
    const isIn = releases.some((one) => one.version === version && one.status === 'SECURE');
    if (isIn || decision === 'approve') return { version, looked };
    const { verdict } = version === given.version ? given : await judge.assess(name, version);
    if (verdict.outcome === 'ALLOWED') return { version, looked };
  }
  return { version: null, looked };
}
