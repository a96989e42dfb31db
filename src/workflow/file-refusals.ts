import type { IndexFile, ProjectName, Release } from '../index/types.ts';
import { oncePer } from '../once.ts';
import { amendedPolicyVersion } from '../vetting/approvals.ts';
import { fileMark } from '../vetting/file-mark.ts';
import type { Approval, Refusal, ReleaseRecord, WithheldFiles } from '../vetting/types.ts';
import type { ResolutionQuery, WorkflowPorts } from './ports.ts';
import { type Refused, refusalOfProject } from './project-refusal.ts';
import { fileRefusal } from './refusals.ts';

type FileRefusals = Pick<ResolutionQuery, 'withheld' | 'refusalOfFile'> & {
  /** Returns whether a file is vetted, or an inspection allows it now. */
  readonly filePasses: (release: Release, file: IndexFile) => Promise<boolean>;
};

type Lookups = {
  readonly approvalOf: (release: Release) => Promise<Approval | undefined>;
  readonly recordOf: (release: Release) => Promise<ReleaseRecord | undefined>;
  readonly withheldOf: (name: ProjectName) => Promise<readonly WithheldFiles[]>;
  /** Returns the refusals of whole releases of a project. */
  readonly refusedOf: (name: ProjectName) => Promise<readonly Refused[]>;
};

/**
 * Returns the resolver's view of single files.
 *
 * The batch inspects the first file of a project that the request needs. If that one is refused, the resolution itself
 * inspects those of other releases, as the index sends them, until several were refused for the same kind of file.
 */
export function fileRefusals(ports: WorkflowPorts, lookups: Lookups): FileRefusals {
  const { approvalOf, recordOf, refusedOf } = lookups;
  const withheld = oncePer((name: ProjectName) => withheldRefusals(name, ports.policy, lookups));
  const refusedFiles = new Map<string, Refused[]>();
  return {
    withheld,
    refusalOfFile: async (release, file) => {
      const key = `${release.name} ${kindOf(file)}`;
      const refused = refusedFiles.get(key) ?? [];
      refusedFiles.set(key, refused);
      const known = (await withheld(release.name)).get(release.version)?.get(file.filename);
      const before = [...refused, ...(await refusedOf(release.name)).filter(({ scope }) => scope === 'file')];
      const refusal = known ?? (before.length === 0 ? undefined : await inspect(release, file, before));
      if (refusal !== undefined && !refused.some((other) => other.refusal === refusal)) {
        refused.push({ refusal, scope: 'file' });
      }
      return refusal;
    },
    filePasses: async (release, file) =>
      (await withheld(release.name)).get(release.version)?.get(file.filename) === undefined &&
      (await inspect(release, file, [])) === undefined,
  };

  async function inspect(release: Release, file: IndexFile, refused: readonly Refused[]): Promise<Refusal | undefined> {
    if (await isVetted(release, file)) return undefined;
    if ((await approvalOf(release))?.kind === 'approve' || ports.policy.allows?.(release) === true) return undefined;
    const ofProject = refusalOfProject(refused);
    if (ofProject !== undefined) return ofProject;
    // The batch inspects a file that the index doesn't send now.
    const verdict = await ports.inspectListed(release, file).catch(() => undefined);
    if (verdict?.status !== 'HELD' && verdict?.status !== 'BLOCKED') return undefined;
    return fileRefusal(release, verdict.status, verdict.reasons);
  }

  async function isVetted(release: Release, { filename }: IndexFile): Promise<boolean> {
    const record = await recordOf(release);
    if (record === undefined || record.withheld?.includes(fileMark(filename)) === true) return false;
    const [vetted] = await ports.store.vettedFiles([release]);
    return vetted !== undefined && Object.hasOwn(vetted.sha256, filename);
  }
}

const kindOf = ({ filename }: IndexFile): string => (filename.endsWith('.whl') ? 'wheel' : 'sdist');

/**
 * Returns the refusals of withheld files, by version and file name. A file that was left for later has none, and so has
 * one that was refused under another policy or before a person's decision: the next batch inspects both.
 */
async function withheldRefusals(
  name: ProjectName,
  policy: Pick<WorkflowPorts['policy'], 'version'>,
  { withheldOf, approvalOf }: Pick<Lookups, 'withheldOf' | 'approvalOf'>,
): Promise<Map<string, Map<string, Refusal>>> {
  const refusals = new Map<string, Map<string, Refusal>>();
  for (const { version, files, policyVersion } of await withheldOf(name)) {
    const release = { name, version };
    if (amendedPolicyVersion(policy.version, await approvalOf(release)) !== policyVersion) continue;
    const refused = Object.entries(files).flatMap(([filename, { status, reasons }]) =>
      status === 'LATER' ? [] : [[filename, fileRefusal(release, status, reasons)] as const],
    );
    refusals.set(version, new Map(refused));
  }
  return refusals;
}
