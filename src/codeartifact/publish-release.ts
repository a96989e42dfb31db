import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AwspipError } from '../errors.ts';
import { laterHint } from '../index/connection-error.ts';
import { parseFilename } from '../index/filename.ts';
import type { IndexFile, Release, UpstreamIndex } from '../index/types.ts';
import { withTemporaryFile, writeStream } from '../temporary-file.ts';
import { type Digests, filesOf, requireJudged } from './judged-files.ts';
import type { RepositoryLocation } from './release-assets.ts';
import type { RepositoryEndpoint } from './repository-files.ts';
import { presentFiles } from './request-import.ts';
import { uploadFile } from './upload-file.ts';

/** What the transfers of all releases share. */
export type TransferParts = {
  /** The index that the policy names for the release. */
  readonly index: Pick<UpstreamIndex, 'page' | 'open'>;
  readonly temporaryFolder: string;
  /** Runs one transfer after another, because the disk holds only a few files. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
};

export type PublishOptions = RepositoryLocation &
  RepositoryEndpoint &
  TransferParts & {
    readonly release: Release;
    /** The judged files. */
    readonly sha256: Digests;
    /** The file that the request needs, which is transferred first. */
    readonly needed?: string | undefined;
  };

/** The limit of CodeArtifact for one asset. */
const maxFileBytes = 5 * 1024 ** 3;
/** No transfer begins after this time, which leaves some of the function's ten minutes for the one that runs. */
const maxMilliseconds = 360_000;

/**
 * Transfers the files of one release from its index to package-install: public repositories must not supply it. The digest
 * of each file is checked before its upload. Files that there is no time for are left to the next request.
 *
 * @throws {AwspipError} `index-unreachable`, `release-not-visible`, `changed-since-judged`, `other-files-imported`,
 *   `digest-mismatch`, `import-slow`, `file-too-large`, those of `uploadFile` and `errors.ts`.
 */
export async function publishRelease(options: PublishOptions): Promise<void> {
  const { release, sha256, needed, now, inTurn } = options;
  const startedAt = now();
  const [listed, present] = await Promise.all([listFiles(options), presentFiles(options)]);
  requireJudged(Object.fromEntries(listed.map((file) => [file.filename, digestOf(file, sha256)])), sha256, release);
  requireSameFiles(present, sha256, release);
  const missing = listed.filter(({ filename }) => !Object.hasOwn(present, filename));
  const isNeeded = ({ filename }: IndexFile): boolean => filename === needed;
  for (const file of [...missing.filter(isNeeded), ...missing.filter((each) => !isNeeded(each))]) {
    const isDone = await inTurn(async () => {
      if (now() - startedAt > maxMilliseconds) return false;
      await transfer(file, options);
      return true;
    });
    if (isDone) continue;
    if (needed === undefined || isNeeded(file)) throw slow(release);
    return;
  }
}

/** Checks that package-install has no other files of the release, which PyPI may have supplied before. */
function requireSameFiles(present: Digests, judged: Digests, { name, version }: Release): void {
  const isOther = ([filename, sha256]: [string, string]): boolean => {
    const expected = Object.hasOwn(judged, filename) ? judged[filename]?.toLowerCase() : undefined;
    return expected === undefined || (expected !== '' && expected !== sha256);
  };
  const other = Object.entries(present).find(isOther)?.[0];
  if (other === undefined) return;
  const message = `package-install has ${other} of ${name} ${version}, which the index of this name does not list`;
  throw new AwspipError('other-files-imported', message, {
    exit: 'unavailable',
    hint: `delete it there as an administrator: \`aws codeartifact delete-package-versions --format pypi --package ${name} --versions ${version} …\``,
  });
}

/** Returns a listed digest. One that the index lacks is known after the download, as for every other index. */
const digestOf = ({ filename, hashes }: IndexFile, judged: Digests): string =>
  hashes.sha256?.toLowerCase() ?? (judged[filename] === '' ? 'unlisted' : '');

/** Returns the wheels and sdists of the release, which are all that a repository of CodeArtifact takes. */
async function listFiles({ index, release }: PublishOptions): Promise<readonly IndexFile[]> {
  const { name, version } = release;
  const answer = await index.page(name);
  if (answer.kind === 'unreachable') {
    throw new AwspipError('index-unreachable', `the index of ${name} cannot be read: ${answer.cause}`, {
      exit: 'unavailable',
      hint: laterHint,
    });
  }
  const files = answer.kind === 'found' ? filesOf(answer.page, release) : [];
  const usable = files.filter(({ filename }) => isUploadable(parseFilename(filename, name)?.kind));
  if (usable.length > 0) return usable;
  throw new AwspipError('release-not-visible', `the index of ${name} lists no wheel or sdist of ${version}`, {
    exit: 'unavailable',
    hint: laterHint,
  });
}

const isUploadable = (kind: string | undefined): kind is 'wheel' | 'sdist' => kind === 'wheel' || kind === 'sdist';

async function transfer(file: IndexFile, options: PublishOptions): Promise<void> {
  const { index, release, temporaryFolder } = options;
  const { filename, hashes } = file;
  const parsed = parseFilename(filename, release.name);
  if (!isUploadable(parsed?.kind)) return;
  const { kind, version } = parsed;
  await withTemporaryFile(temporaryFolder, async (path) => {
    if (!(await writeStream(path, (await index.open(file)).stream, maxFileBytes))) throw tooLarge(file);
    const digests = await digestsOf(path);
    const listed = hashes.sha256?.toLowerCase();
    if (listed !== undefined && listed !== digests.sha256) throw mismatch(file, digests.sha256);
    const { size } = await stat(path);
    await uploadFile({ name: release.name, version, kind, file, path, size, ...digests }, options);
  });
}

async function digestsOf(path: string): Promise<{ readonly sha256: string; readonly md5: string }> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  for await (const chunk of createReadStream(path)) {
    sha256.update(chunk);
    md5.update(chunk);
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

function mismatch({ filename, url, hashes }: IndexFile, actual: string): AwspipError {
  const message = `the sha256 of ${filename} from \`${new URL(url).host}\` is ${actual}, but the index lists ${hashes.sha256}`;
  return new AwspipError('digest-mismatch', message, {
    exit: 'unavailable',
    hint: 'report this to the administrators of the index; nothing was vetted',
  });
}

function tooLarge({ filename }: IndexFile): AwspipError {
  return new AwspipError('file-too-large', `${filename} is larger than CodeArtifact's limit of ${maxFileBytes} bytes`, {
    exit: 'unavailable',
    hint: 'choose another version; CodeArtifact cannot hold this one',
  });
}

function slow({ name, version }: Release): AwspipError {
  const message = `the files of ${name} ${version} were not all transferred in time`;
  return new AwspipError('import-slow', message, {
    exit: 'unavailable',
    hint: 'run the same command again; it continues with the files that are missing',
  });
}
