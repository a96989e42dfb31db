import { AwspipError } from '../errors.ts';
import type { FileTree } from '../firewall/archives/file-tree.ts';
import {
  addedFindings,
  baselineOf,
  comparableFindings,
  isAbsurdVersion,
  withoutComparable,
} from '../firewall/install-code/added-findings.ts';
import type { FileInspection } from '../firewall/install-code/code-finding.ts';
import { codeVerdict, findingText } from '../firewall/install-code/code-verdict.ts';
import { inspectStartup } from '../firewall/install-code/inspect-startup.ts';
import { ownCodeGates, ownCodeVerdict } from '../firewall/install-code/own-code-gates.ts';
import { observes } from '../firewall/observe.ts';
import type { Policy } from '../firewall/policy.ts';
import type { Signal } from '../firewall/types.ts';
import type { IndexFile, ProjectName, ProjectPage, Release, UpstreamIndex } from '../index/types.ts';
import { digestOfFile, withTemporaryFile, writeStream } from '../temporary-file.ts';
import type { ReadContent } from './file-contents.ts';
import { inspectRelease } from './inspect-release.ts';
import type { ArchiveReader } from './inspection-worker.ts';
import { judgeMetadata } from './judge-metadata.ts';
import { joinObserved } from './observed-outcomes.ts';
import type { FileVerdict, WorkflowPorts } from './ports.ts';
import { archiveLimits, UnreadableArchive } from './resolver/archive.ts';
import { readWheelEntries } from './resolver/file-entries.ts';
import type { ReadFacts } from './resolver/types.ts';
import { isWheelMetadata, metadataAmong, withListedMetadata } from './wheel-metadata.ts';

type Source = Pick<UpstreamIndex, 'open'>;

/** What the inspection of imported files uses. */
type FileInspectionParts = {
  /** The pages and files of package-install. */
  readonly repository: () => Promise<{
    list(release: Release): Promise<readonly IndexFile[]>;
    download(file: IndexFile, write?: (chunk: Buffer) => Promise<unknown>): Promise<void>;
  }>;
  readonly upstream: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'>;
  /** Returns the requirements of a file as the resolver has read them. */
  readonly readFacts: ReadFacts;
  readonly policy: Policy;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly isRanked: (name: ProjectName) => boolean;
  /** Returns whether a file has a publish attestation. */
  readonly attested: (name: ProjectName, version: string, filename: string) => Promise<Signal<boolean>>;
  /** Reads an imported file. */
  readonly readContent: ReadContent;
  readonly inspectFile: ArchiveReader['inspectFile'];
  /** The folder for files while they are inspected. */
  readonly temporaryFolder: string;
};

/** Checks whether a policy judges the code in files. */
export function inspectsCode(policy: Policy): boolean {
  return policy.gates.installCode.enabled || ownCodeGates(policy).length > 0;
}

/** Opens the inspection of files: those that package-install holds, and those that the index lists. */
export function openFileInspection(parts: FileInspectionParts): Pick<WorkflowPorts, 'inspect' | 'inspectListed'> {
  const { repository, upstream, readFacts, policy, now, isRanked, attested } = parts;
  const { readContent, inspectFile, temporaryFolder } = parts;
  const gate = policy.gates.installCode;
  const own = ownCodeGates(policy);
  const isObserved = observes(policy, now);
  const observed = (rule: string, release: Release, verdict: FileVerdict): FileVerdict =>
    isObserved(rule, release.name) ? observedVerdict(verdict) : verdict;
  const judge = (release: Release, inspection: FileInspection): FileVerdict => {
    const ranked = isRanked(release.name);
    const verdict = codeVerdict(ranked ? withoutComparable(inspection) : inspection, ranked, gate);
    const others = own.map((one) => observed(one.name, release, ownCodeVerdict([one], release, inspection, ranked)));
    return joinVerdicts([observed('installCode', release, verdict), ...others]);
  };
  const inspectUpstream = async (file: IndexFile): Promise<FileInspection> =>
    withTemporaryFile(temporaryFolder, async (target) => {
      const { filename } = file;
      if (!(await writeStream(target, (await upstream.open(file)).stream, maxUpstreamBytes))) {
        return { filename, findings: [], unreadable: `is larger than ${maxUpstreamBytes} bytes` };
      }
      await requireDigest(target, file);
      return inspectFile({ filename, archive: target });
    });
  return {
    inspectListed: async (release, file) => judge(release, await inspectUpstream(file)),
    inspect: async (release, inspected) => {
      const files = await repository();
      const { name } = release;
      const page = await pageOf(upstream, name);
      const verdicts = await inspectRelease(release, inspected, {
        isRanked,
        list: files.list,
        judgeWhole: async (_, file) => {
          const { own, inspection } = await readContent(file, files.download);
          const listed = listedFile(page, file);
          const judged = await judgeMetadata(name, listed, { own: own.facts, readFacts });
          const metadata = own.text && Buffer.from(own.text);
          if (inspection === undefined) return { ...judged, metadata };
          const comparison = { page, vetted: inspected.vetted, inspectUpstream, attested };
          const added =
            gate.enabled && isRanked(name)
              ? [observed('installCode', release, await judgeAdded(release, listed, inspection, comparison))]
              : [];
          return { ...joinVerdicts([judged, judge(release, inspection), ...added]), metadata };
        },
        judgeRanges: async (_, file) => {
          const listed = listedFile(page, file);
          const { metadata, ...found } = await readStartup(listed, upstream);
          return { ...judge(release, found), metadata };
        },
      });
      return withListedMetadata(verdicts, page.files);
    },
  };
}

/** Returns a verdict that the policy only observes: the file is allowed. */
function observedVerdict(verdict: FileVerdict): FileVerdict {
  const { status: outcome, reasons } = verdict;
  if (outcome !== 'HELD' && outcome !== 'BLOCKED') return verdict;
  return { ...verdict, status: 'ALLOWED', reasons: [], observed: { outcome, reasons } };
}

/** Joins verdicts on one file. */
function joinVerdicts(verdicts: readonly FileVerdict[]): FileVerdict {
  const status = (['BLOCKED', 'HELD'] as const).find((refused) => verdicts.some((each) => each.status === refused));
  return {
    observed: joinObserved(verdicts.map((each) => each.observed)),
    status: status ?? 'ALLOWED',
    reasons: verdicts.flatMap(({ reasons }) => reasons),
    code: verdicts.flatMap(({ code = [] }) => code),
  };
}

type Comparison = {
  readonly page: ProjectPage;
  /** Versions of the project that are vetted. */
  readonly vetted: readonly string[];
  readonly inspectUpstream: (file: IndexFile) => Promise<FileInspection>;
  readonly attested: FileInspectionParts['attested'];
};

/** Puts a file of a ranked project on hold for what the release before did not do. */
async function judgeAdded(
  { name, version }: Release,
  file: IndexFile,
  inspection: FileInspection,
  { page, vetted, inspectUpstream, attested }: Comparison,
): Promise<FileVerdict> {
  const baseline = baselineOf(name, version, file, { files: page.files, vetted });
  const reasons: string[] = [];
  if (baseline !== undefined) {
    if (isAbsurdVersion(version, baseline.version)) reasons.push(`${name} ${version} follows ${baseline.version}`);
    const isLost =
      isFalse(await attested(name, version, file.filename)) &&
      isTrue(await attested(name, baseline.version, baseline.file.filename));
    if (isLost) reasons.push(`${file.filename} has no publish attestation, and ${baseline.version} has one`);
  }
  if (comparableFindings(inspection).length > 0) {
    const before = baseline && (await inspectUpstream(baseline.file).catch(() => undefined));
    const added = addedFindings(inspection, before ?? { filename: '', findings: [] });
    const since = before === undefined ? 'No earlier release to compare with' : `New since ${baseline?.version}`;
    reasons.push(...added.slice(0, 3).map((finding) => `${since}: ${findingText(file.filename, finding)}`));
  }
  return { status: reasons.length === 0 ? 'ALLOWED' : 'HELD', reasons };
}

const isTrue = (signal: Signal<boolean>): boolean => signal.known && signal.value;
/** Unknown is not false: a source that can't be reached shows no loss. */
const isFalse = (signal: Signal<boolean>): boolean => signal.known && !signal.value;

/** Reads the files of a wheel that run when Python starts, and its METADATA, by ranges. */
async function readStartup(
  file: IndexFile,
  upstream: Source,
): Promise<FileInspection & { readonly metadata?: Buffer | undefined }> {
  const { filename } = file;
  const isRead = (entry: string, size: number): boolean => isStartupEntry(entry) || isWheelMetadata(entry, size);
  try {
    const entries = await readWheelEntries(file, isRead, upstream, limits);
    const metadata = metadataAmong(entries);
    return { filename, ...(await inspectStartup(entryTree(entries, isStartupEntry), filename)), metadata };
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    return { filename, findings: [], unreadable: `could not be read: ${error.message}` };
  }
}

const isStartupEntry = (entry: string): boolean => /\.pth$|(?:^|\/)(?:site|user)customize\b/.test(entry);

/** Returns the selected entries of a wheel as the files of an archive. */
function entryTree(entries: ReadonlyMap<string, Buffer>, isSelected: (entry: string) => boolean): FileTree {
  const content = (entry: string) => (isSelected(entry) ? entries.get(entry) : undefined);
  return {
    paths: new Set([...entries.keys()].filter(isSelected)),
    folders: new Set(),
    content,
    size: (entry) => content(entry)?.length,
    load: async () => false,
  };
}

/** A larger file of the index is unreadable before its import. */
const maxUpstreamBytes = 512 * 1024 * 1024;
const limits = { ...archiveLimits(100 * 1024 * 1024), entry: 1024 * 1024 };

/** @throws AwspipError `digest-mismatch`, for other bytes than the index lists */
async function requireDigest(target: string, { filename, hashes }: IndexFile): Promise<void> {
  if (hashes.sha256 === undefined || (await digestOfFile(target)) === hashes.sha256.toLowerCase()) return;
  throw new AwspipError('digest-mismatch', `${filename} has other bytes than its index lists`, {
    exit: 'unavailable',
    hint: 'report this to the administrators of the index; nothing was vetted',
  });
}

/** @throws AwspipError `index-unreachable` (`unavailable`) */
async function pageOf(upstream: Pick<UpstreamIndex, 'page'>, name: ProjectName): Promise<ProjectPage> {
  const answer = await upstream.page(name);
  if (answer.kind === 'found') return answer.page;
  const why = answer.kind === 'missing' ? 'no index has it any more' : answer.cause;
  throw new AwspipError('index-unreachable', `the page of \`${name}\` could not be read: ${why}`, {
    exit: 'unavailable',
    hint: 'run the same command again in a few minutes',
  });
}

/** Returns the file as the index lists it, or as package-install does if the index lists it no more. */
function listedFile({ files }: ProjectPage, file: IndexFile): IndexFile {
  return files.find(({ filename }) => filename === file.filename) ?? file;
}
