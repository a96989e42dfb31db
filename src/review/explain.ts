import { AwspipError } from '../errors.ts';
import { packageCheck } from '../firewall/package-check.ts';
import { readPage } from '../firewall/page-facts.ts';
import type { Policy } from '../firewall/policy.ts';
import type { Assessment, RequiredBy, Verdict } from '../firewall/types.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease } from '../index/versions.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { Approval, ReleaseRecord, WithheldFiles } from '../vetting/types.ts';
import type { FirewallService, Records } from './types.ts';

/** Why a release is allowed, on hold or blocked. `awspip explain --json` prints it. */
export type Explanation = {
  readonly name: ProjectName;
  readonly version: string | null;
  /** Whether the policy calls the name internal, so that published releases need no verdict. Absent: no. */
  readonly internal?: boolean | undefined;
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly judgedAt: string;
  /** `record`: the workflow's verdict; `here`: a new verdict by this machine's firewall. */
  readonly by: 'record' | 'here';
  /** The levels of this machine's policy; undefined if the verdict is from the record. */
  readonly levels?: Policy['levels'] | undefined;
  readonly record?: Pick<ReleaseRecord, 'status' | 'updatedAt' | 'cause'> | undefined;
  /** The files of the release that awspip hides, by name. */
  readonly withheld: WithheldFiles['files'];
  /** Releases of the request that need it, directly or through others, nearest first. */
  readonly requiredBy: readonly RequiredBy[];
  /** All decisions about the project. */
  readonly approvals: readonly Approval[];
  /** The decision that applies to this release now. */
  readonly standing?: Approval | undefined;
  /** Whom to ask about holds and blocks. */
  readonly contact?: string | undefined;
  /** Changes that would change the verdict. */
  readonly wouldChange: readonly string[];
  readonly passing: Passing;
};

/** The newest allowed release; `version` is null if none of the `looked` newest releases is allowed. */
type Passing = { readonly version: string | null; readonly looked: number; readonly why?: string | undefined };

const maxCandidates = 20;

type ExplainOptions = {
  readonly name: ProjectName;
  /** Null for the newest release. */
  readonly version: string | null;
  /** Whether to judge the release on this machine even if the record has a verdict. */
  readonly ignoreRecord: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
};

/**
 * Explains the verdict on record, or judges the release on this machine if the record has none. Returns undefined if
 * neither the index nor the records know the project.
 *
 * @throws AwspipError `version-unknown` (12)
 */
export async function explain(
  { name, version: requestedVersion, ignoreRecord, now }: ExplainOptions,
  records: Pick<Records, 'readRelease' | 'releasesOf' | 'readEvidence' | 'approvalsOf' | 'withheldOf'>,
  firewall: FirewallService,
): Promise<Explanation | undefined> {
  const [answer, releases, approvals, withheld] = await Promise.all([
    firewall.page(name),
    records.releasesOf(name),
    records.approvalsOf(name),
    records.withheldOf(name),
  ]);
  const page = answer.kind === 'found' ? answer.page : undefined;
  const candidates = page === undefined ? [] : candidateVersions(page);
  if (answer.kind === 'missing' && releases.length === 0) return undefined;
  const version =
    requestedVersion === null
      ? (candidates[0] ?? newestOnRecord(releases))
      : knownSpelling(requestedVersion, page, releases);
  if (version === undefined) throw versionUnknown(name, requestedVersion, candidates);
  const record = releases.find((release) => release.version === version);
  const evidence = version === null || ignoreRecord ? undefined : await records.readEvidence({ name, version });
  const recorded = readAssessment(evidence);
  const assessment = recorded ?? { ...(await firewall.assess(name, version)), judgedAt: new Date(now).toISOString() };
  const { verdict, judgedAt } = assessment;
  const subject = { name, version: assessment.version ?? version };
  return {
    ...subject,
    ...(answer.kind === 'private' && { internal: true }),
    verdict,
    judgedAt,
    by: recorded === undefined ? 'here' : 'record',
    levels: recorded === undefined ? firewall.policy.levels : undefined,
    record: record && { status: record.status, updatedAt: record.updatedAt, cause: record.cause },
    requiredBy: assessment.signals.requiredBy ?? [],
    withheld: withheld.find((item) => item.version === subject.version)?.files ?? {},
    approvals,
    standing: subject.version === null ? undefined : activeApproval(approvals, subject.version, now),
    wouldChange: changesOf({ ...assessment, ...subject }),
    passing: await newestAllowed({ candidates, releases, approvals, answer, name, now, assessment }, firewall),
  };
}

/**
 * Returns the versions that pip would consider, newest first: no release whose files are all yanked, and pre-releases
 * only if there are no final releases.
 */
function candidateVersions(page: ProjectPage): string[] {
  const versions = [...readPage(page).releases.values()]
    .filter(({ files }) => files.some(({ yanked }) => yanked === undefined || yanked === false))
    .map(({ version }) => version);
  const finals = versions.filter((version) => !isPrerelease(version));
  return (finals.length > 0 ? finals : versions).sort((a, b) => compareVersions(b, a));
}

/**
 * Returns the version in the spelling of the records or of the index (`1.0` equals `1.0.0`), and undefined if neither has
 * it. Without a page, an unknown version is returned as requested.
 */
function knownSpelling(
  requestedVersion: string,
  page: ProjectPage | undefined,
  releases: readonly ReleaseRecord[],
): string | undefined {
  const listed = page === undefined ? [] : [...readPage(page).releases.values()];
  const known = [...releases, ...listed].find(({ version }) => compareVersions(version, requestedVersion) === 0);
  return known?.version ?? (page === undefined ? requestedVersion : undefined);
}

function versionUnknown(name: ProjectName, version: string | null, candidates: readonly string[]): AwspipError {
  const newest = candidates.slice(0, 5).join(', ');
  return new AwspipError('version-unknown', `${name} ${version} does not exist upstream and is not on record`, {
    exit: 'notFound',
    hint: newest === '' ? 'check the version' : `choose one of the newest versions: ${newest}`,
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

/** The evidence of a record. */
export type RecordedAssessment = Assessment & { readonly judgedAt: string };

/** Reads the evidence of a record. Returns undefined if it is incomplete, as other versions of awspip may write it. */
export function readAssessment(evidence: unknown): RecordedAssessment | undefined {
  const { verdict, signals, judgedAt } = (
    typeof evidence === 'object' && evidence !== null ? evidence : {}
  ) as Partial<RecordedAssessment>;
  const isComplete =
    Array.isArray(verdict?.findings) && verdict.score !== undefined && signals !== undefined && judgedAt !== undefined;
  return isComplete ? (evidence as RecordedAssessment) : undefined;
}

/** Returns what would change a verdict. */
export function changesOf(assessment: Assessment): readonly string[] {
  const { name, version } = assessment;
  const { evidence } = packageCheck(assessment, { name, version, explain: true });
  return evidence?.would_change_the_verdict ?? [];
}

type Search = {
  readonly name: ProjectName;
  /** Versions, newest first. */
  readonly candidates: readonly string[];
  readonly answer: { readonly kind: string };
  readonly releases: readonly ReleaseRecord[];
  readonly approvals: readonly Approval[];
  readonly now: number;
  /** The explained assessment, which need not be made again. */
  readonly assessment: { readonly version: string | null; readonly verdict: Verdict };
};

/** Finds the newest release that is vetted, approved or allowed by the policy. */
async function newestAllowed(search: Search, firewall: FirewallService): Promise<Passing> {
  const { name, candidates, releases, approvals, now, assessment, answer } = search;
  if (answer.kind === 'private') return { version: null, looked: 0, why: 'no index is asked for an internal name' };
  if (answer.kind !== 'found') return { version: null, looked: 0, why: 'the index did not list the releases' };
  let looked = 0;
  for (const version of candidates.slice(0, maxCandidates)) {
    looked += 1;
    const decision = activeApproval(approvals, version, now)?.kind;
    if (decision === 'deny') continue;
    const isVetted = releases.some((release) => release.version === version && release.status === 'SECURE');
    if (isVetted || decision === 'approve') return { version, looked };
    const { verdict } = version === assessment.version ? assessment : await firewall.assess(name, version);
    if (verdict.outcome === 'ALLOWED') return { version, looked };
  }
  return { version: null, looked };
}
