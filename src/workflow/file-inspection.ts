import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { buildCode, buildFiles } from '../firewall/install-code/build-scripts.ts';
import { fileVerdict } from '../firewall/install-code/file-verdict.ts';
import { isStartupFile, startupCode } from '../firewall/install-code/startup.ts';
import type { Policy } from '../firewall/policy.ts';
import type { IndexFile, ProjectName, Release, UpstreamIndex } from '../index/types.ts';
import { inspectRelease } from './inspect-release.ts';
import { judgeMetadata } from './judge-metadata.ts';
import type { FileVerdict, WorkflowPorts } from './ports.ts';
import { archiveLimits, UnreadableArchive } from './resolver/archive.ts';
import { readFileEntries } from './resolver/file-entries.ts';

type Source = Pick<UpstreamIndex, 'open'>;

/** What the inspection of imported files uses. */
type FileInspectionParts = {
  /** The pages and files of package-install. */
  readonly repository: () => Promise<{
    list(release: Release): Promise<readonly IndexFile[]>;
    download(file: IndexFile, write: (chunk: Buffer) => Promise<unknown>): Promise<void>;
  }>;
  readonly upstream: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'>;
  readonly policy: Policy;
  readonly isRanked: (name: ProjectName) => boolean;
  /** The folder for files while they are inspected. */
  readonly temporaryFolder: string;
};

/** Opens the inspection of files: those that package-install holds, and those that the index lists. */
export function openFileInspection(parts: FileInspectionParts): Pick<WorkflowPorts, 'inspect' | 'inspectListed'> {
  const { repository, upstream, policy, isRanked, temporaryFolder } = parts;
  const inspectListed: WorkflowPorts['inspectListed'] = async ({ name }, file) =>
    judgeFile(file, upstream, { policy, isRanked: isRanked(name) });
  return {
    inspectListed,
    inspect: async (release, inspected) => {
      const files = await repository();
      return inspectRelease(release, inspected, {
        isRanked,
        list: files.list,
        judgeWhole: async ({ name }, file) =>
          withDownload(file, { download: files.download, temporaryFolder }, async (imported) => {
            const listed = await upstreamFile(upstream, name, file);
            return worst(
              await judgeMetadata(name, listed, { imported, upstream }),
              await judgeFile(file, imported, { policy, isRanked: isRanked(name) }),
            );
          }),
        judgeRanges: async (_, file) => inspectListed(release, await upstreamFile(upstream, release.name, file)),
      });
    },
  };
}

/** Joins two verdicts on one file. */
function worst(one: FileVerdict, other: FileVerdict): FileVerdict {
  const statuses = [one.status, other.status];
  const status = (['BLOCKED', 'HELD'] as const).find((refused) => statuses.includes(refused)) ?? 'ALLOWED';
  return { status, reasons: [...one.reasons, ...other.reasons] };
}

const limits = { ...archiveLimits(1024 * 1024 * 1024), entry: 1024 * 1024 };

async function judgeFile(
  file: IndexFile,
  source: Source,
  { policy, isRanked }: { readonly policy: Policy; readonly isRanked: boolean },
): Promise<FileVerdict> {
  const isWheel = file.filename.endsWith('.whl');
  try {
    const entries = await readFileEntries(file, isWheel ? isStartupFile : buildFiles(), source, limits);
    const found = isWheel
      ? [...entries].flatMap(([entry, text]) => startupCode(entry, text, file.filename))
      : buildCode(entries, file.filename);
    return fileVerdict(found, policy, isRanked);
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    return { status: 'HELD', reasons: [`${file.filename} could not be read: ${error.message}`] };
  }
}

/** Downloads a file into a new folder, which is removed after `work`. */
async function withDownload<T>(
  file: IndexFile,
  {
    download,
    temporaryFolder,
  }: {
    readonly download: (file: IndexFile, write: (chunk: Buffer) => Promise<unknown>) => Promise<void>;
    readonly temporaryFolder: string;
  },
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(temporaryFolder, 'awspip-inspect-'));
  const target = path.join(folder, 'file');
  try {
    const handle = await open(target, 'wx', 0o600);
    try {
      await download(file, (chunk) => handle.writeFile(chunk));
    } finally {
      await handle.close();
    }
    return await work(storedFile(target));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns a source that reads one file of the disk. */
function storedFile(target: string): Source {
  return {
    open: async (_file, range) => ({
      stream: createReadStream(target, range ?? {}),
      size: (await stat(target)).size,
      partial: range !== undefined,
    }),
  };
}

/** Returns the file of the index with the digest of the imported one. */
async function upstreamFile(
  upstream: Pick<UpstreamIndex, 'page'>,
  name: ProjectName,
  { filename }: IndexFile,
): Promise<IndexFile> {
  const answer = await upstream.page(name);
  const file = answer.kind === 'found' ? answer.page.files.find((listed) => listed.filename === filename) : undefined;
  if (file !== undefined) return file;
  throw new AwspipError('file-unlisted', `the index does not list ${filename} any more`, {
    exit: 'unavailable',
    hint: 'run the same command again: it reads the index as it is now',
  });
}
