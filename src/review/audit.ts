import type { ListEntry } from '../firewall/policy.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { Approval, ReleaseRecord, VettedFiles } from '../vetting/types.ts';
import type { AuditFinding, AuditState, InstalledPackage } from './types.ts';

/** What is known about one installed release. */
export type PackageFacts = {
  readonly record: ReleaseRecord | undefined;
  readonly files: VettedFiles | undefined;
  /** The sha256 of the recorded METADATA by the sha256 of the wheel. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly decisions: readonly Approval[];
  /** IDs of malware advisories; undefined if no feed answered. */
  readonly malware: readonly string[] | undefined;
  /** The entry of the policy's list of blocked releases. */
  readonly listed: ListEntry | undefined;
  /** Whether the vetted repository lists a release without a record: one that the company has published there. */
  readonly isPublished: boolean;
};

/** A release with its state, and what is wrong with it. */
export type AuditedPackage = {
  readonly package: InstalledPackage;
  readonly state: AuditState;
  readonly record: ReleaseRecord | undefined;
  readonly findings: readonly AuditFinding[];
};

/**
 * Judges an installed release. Malware and changed files count for every release. The other findings count for those from
 * an index: your own projects, what your company published to the vetted repository, what other package managers install,
 * and what Python carries needs no vetting. `now` in epoch milliseconds.
 */
export function auditPackage(installed: InstalledPackage, facts: PackageFacts, now: number): AuditedPackage {
  const { record } = facts;
  const needsVetting = installed.source === 'index' || installed.source === 'elsewhere';
  const findings = [
    ...malwareFindings(installed, facts),
    ...(needsVetting ? verdictFindings(installed, facts, now) : []),
    ...fileFindings(installed, facts),
  ];
  const isExempt = !needsVetting || (record === undefined && facts.isPublished);
  const state: AuditState = findings[0]?.code ?? (isExempt ? 'exempt' : 'vetted');
  return { package: installed, state, record, findings };
}

function malwareFindings({ name, version }: InstalledPackage, { malware = [] }: PackageFacts): AuditFinding[] {
  if (malware.length === 0) return [];
  const ids = malware.slice(0, 3).join(', ');
  return [{ ...finding('malware', { name, version }, `is known malware (${ids})`), advisories: malware }];
}

function verdictFindings(installed: InstalledPackage, facts: PackageFacts, now: number): AuditFinding[] {
  const { record, decisions, listed } = facts;
  const release = { name: installed.name, version: installed.version };
  const decision = activeApproval(decisions, installed.version, now);
  if (decision?.kind === 'deny')
    return [finding('denied', release, `is denied by ${decision.owner}: ${decision.reason}`)];
  if (listed !== undefined && decision === undefined) {
    return [
      finding('blocked', release, `is on the policy's list of blocked releases: ${listed.reason ?? 'no reason given'}`),
    ];
  }
  if (installed.source === 'elsewhere') {
    return [
      finding(
        'unvetted',
        release,
        `was installed from \`${installed.origin ?? 'another source'}\`, which is not vetted`,
      ),
    ];
  }
  const reasons = record?.reasons?.map(({ text }) => text).join('; ');
  const because = reasons === undefined || reasons === '' ? '' : `: ${reasons}`;
  switch (record?.status) {
    case 'SECURE':
      return [];
    case 'BLOCKED':
      return [finding('blocked', release, `is blocked${because}`)];
    case 'HELD':
      return record.heldUntil === undefined
        ? [finding('on-hold', release, `is on hold${because}`)]
        : [finding('within-cooldown', release, `is within cooldown until ${record.heldUntil}${because}`)];
    case 'CHECK':
    case 'INGEST':
    case 'COPY':
      // The vetted files stay vetted while later ones are added.
      return record.wasSecure === true ? [] : [finding('still-vetting', release, 'is still being vetted')];
    case 'ERROR':
      return [
        finding(
          'unvetted',
          release,
          `was not vetted, because its vetting failed: ${record.cause ?? 'no cause was recorded'}`,
        ),
      ];
    default:
      return facts.isPublished ? [] : [finding('unvetted', release, 'was never vetted')];
  }
}

/** Compares the installed files with their `RECORD`, and the METADATA with that of the vetted wheels. */
function fileFindings(installed: InstalledPackage, { record, files, metadata }: PackageFacts): AuditFinding[] {
  const { name, version, integrity, metadataSha256, sha256, source } = installed;
  const changed = integrity?.changed ?? [];
  if (changed.length > 0) {
    const shown = changed
      .slice(0, 3)
      .map((file) => `\`${file}\``)
      .join(', ');
    const more = changed.length > 3 ? ` and ${changed.length - 3} more` : '';
    return [
      finding('changed-files', { name, version }, `has files that changed since the installation: ${shown}${more}`),
    ];
  }
  if (record?.status !== 'SECURE' || files === undefined || source !== 'index') return [];
  const vetted = Object.entries(files.sha256);
  if (sha256 !== undefined && !vetted.some(([, digest]) => digest === sha256)) {
    return [finding('changed-files', { name, version }, 'was installed from a file that is not the vetted one')];
  }
  // A wheel that was built from an sdist has METADATA of its own, so only releases of recorded wheels can be compared.
  const isComparable =
    vetted.length > 0 && vetted.every(([file, digest]) => file.endsWith('.whl') && metadata.has(digest));
  if (!isComparable || metadataSha256 === undefined || [...metadata.values()].includes(metadataSha256)) return [];
  return [finding('changed-files', { name, version }, 'has the metadata of no vetted wheel')];
}

function finding(
  code: AuditFinding['code'],
  release: Pick<AuditFinding, 'name' | 'version'>,
  clause: string,
): AuditFinding {
  return { code, ...release, message: `${release.name} ${release.version} ${clause}` };
}
