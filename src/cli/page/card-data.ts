import type { ProjectName } from '../../index/types.ts';
import { changesOf, type RecordedAssessment, readAssessment } from '../../review/explain.ts';
import type { Records } from '../../review/types.ts';
import { newestFirst } from '../../vetting/approvals.ts';
import type { Approval, ReleaseRecord, WithheldFiles } from '../../vetting/types.ts';

/** What the records say about one release. */
export type CardData = {
  readonly record: ReleaseRecord | undefined;
  /** Absent if the record has none, or one that this version of awspip cannot read. */
  readonly evidence: RecordedAssessment | undefined;
  readonly wouldChange: readonly string[];
  /** The release of the project that was vetted last, other than this one. */
  readonly previous: { readonly version: string; readonly evidence: RecordedAssessment | undefined } | undefined;
  /** The vetted versions of the project, the last one first. */
  readonly vettedVersions: readonly string[];
  readonly withheld: WithheldFiles['files'];
  /** All decisions about the project, newest first. */
  readonly decisions: readonly Approval[];
};

type CardRecords = Pick<Records, 'releasesOf' | 'approvalsOf' | 'withheldOf' | 'readEvidence'>;

/** Reads what is on record about a release. It asks no index and no source. */
export async function readCard(records: CardRecords, name: ProjectName, version: string | null): Promise<CardData> {
  const evidenceOf = async (of: string) => readAssessment(await records.readEvidence({ name, version: of }));
  const [releases, approvals, withheld, evidence] = await Promise.all([
    records.releasesOf(name),
    records.approvalsOf(name),
    records.withheldOf(name),
    version === null ? undefined : evidenceOf(version),
  ]);
  const vetted = releases
    .filter((release) => release.status === 'SECURE' && release.version !== version)
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  const [last] = vetted;
  return {
    record: releases.find((release) => release.version === version),
    evidence,
    wouldChange: evidence === undefined ? [] : changesOf({ ...evidence, name, version }),
    previous: last && { version: last.version, evidence: await evidenceOf(last.version) },
    vettedVersions: vetted.map((release) => release.version),
    withheld: withheld.find((item) => item.version === version)?.files ?? {},
    decisions: approvals.toSorted(newestFirst),
  };
}
