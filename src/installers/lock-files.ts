import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { projectOfFilename } from '../index/filename.ts';
import type { ProjectPage, UpstreamConfiguration } from '../index/types.ts';
import { withoutRelay } from '../pip/post-processing.ts';
import type { Relay } from '../relay/types.ts';
import { configuredIndex, configuredPages } from './configured-index.ts';
import { restoreIndexTables } from './index-tables.ts';
import {
  emptyLockUrls,
  type LockUrls,
  mentionsRelay,
  publicIndex,
  redirectToRelay,
  relayFileKeys,
  restoreUrls,
} from './lock-urls.ts';

/** The files of a project in which installers write the URLs of packages. */
export type LockFiles = {
  /** Replaces the URLs of the lock file with the relay's before a run. */
  readonly redirect: () => Promise<void>;
  /** Removes the relay's URLs from all files after the run. */
  readonly restore: () => Promise<void>;
};

type Options = {
  readonly relay: Relay;
  /** The uv.lock that the command uses. */
  readonly lock: string;
  /** Project files and scripts into which an installer may write an index. */
  readonly manifests: readonly string[];
  readonly folders: readonly string[];
  /** Lists other files that the installer may have written: those that the command names, and uv's tool receipts. */
  readonly outputs: () => Promise<readonly string[]>;
  /** The real index: the repository's endpoint on AWS, or this machine's configured index with the local stack. */
  readonly real: { readonly endpoint: string } | { readonly upstream: UpstreamConfiguration };
};

const filesWithUrls = /^(?:Pipfile|.*\.lock|.*\.txt|.*\.in|pyproject\.toml|pylock[\w.-]*\.toml)$/;
const maxFiles = 500;
const maxBytes = 64 * 1024 * 1024;
/** File systems store times with a lower resolution than the clock. */
const timeToleranceMilliseconds = 2_000;

type OriginalFile = { readonly file: string; readonly before: string };
type RedirectedLock = OriginalFile & {
  readonly redirected: string;
  readonly urls: LockUrls;
  readonly times: [Date, Date];
};

/** Returns the lock files of one command, which are redirected and restored for each run. */
export function openLockFiles(options: Options): LockFiles {
  const { relay } = options;
  const pages = new Map<string, ProjectPage>();
  let original: LockUrls = emptyLockUrls;
  let locks: readonly RedirectedLock[] = [];
  let manifests: readonly OriginalFile[] = [];
  let startedAt = 0;
  return {
    async redirect() {
      startedAt = Date.now();
      manifests = await readManifests(options.manifests);
      const lock = await redirectLock(options.lock, relay.indexUrl);
      locks = lock === undefined ? [] : [lock];
      original = lock?.urls ?? original;
    },
    async restore() {
      for (const [name, { page }] of relay.observed().pages) if (page !== undefined) pages.set(name, page);
      for (const lock of locks) await restoreUnchanged(lock);
      for (const manifest of manifests) await restoreManifest(manifest, relay.indexUrl);
      const stale = locks.filter(({ before }) => mentionsRelay(before)).map(({ file }) => file);
      const changed = new Set([...stale, ...(await changedFiles(options, startedAt))]);
      const rewriteOptions = { ...options, original, pages, originals: [...locks, ...manifests] };
      for (const file of changed) await rewrite(file, rewriteOptions);
    },
  };
}

async function readManifests(files: readonly string[]): Promise<OriginalFile[]> {
  const contents = await Promise.all(
    files.map(async (file) => ({ file, before: await readFile(file, 'utf8').catch(() => undefined) })),
  );
  return contents.flatMap(({ file, before }) => (before === undefined ? [] : [{ file, before }]));
}

/** Restores the index tables of a manifest, because `uv add` writes the relay's index into it. */
async function restoreManifest({ file, before }: OriginalFile, indexUrl: string): Promise<void> {
  const after = await readFile(file, 'utf8').catch(() => undefined);
  if (after === undefined || after === before) return;
  const text = restoreIndexTables(before, after, indexUrl);
  if (text !== after) await replace(file, text);
}

async function redirectLock(file: string, indexUrl: string): Promise<RedirectedLock | undefined> {
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === undefined || before.length > maxBytes) return undefined;
  const { text, original } = redirectToRelay(before, indexUrl);
  const { atime, mtime } = await stat(file);
  if (text !== before) await replace(file, text);
  return { file, before, redirected: text, times: [atime, mtime], urls: original };
}

/** Restores the bytes and the times of a lock that the installer did not change. */
async function restoreUnchanged({ file, before, redirected, times }: RedirectedLock): Promise<void> {
  if (before === redirected || mentionsRelay(before)) return;
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== redirected) return;
  await replace(file, before);
  await utimes(file, ...times);
}

/** Returns the files that were changed since `startedAt` and contain the relay's host. */
async function changedFiles(
  { folders, lock, manifests, outputs, relay }: Options,
  startedAt: number,
): Promise<string[]> {
  const listed = await Promise.all([...new Set(folders)].map((folder) => listFiles(folder)));
  const files = [...new Set([...listed.flat(), lock, ...manifests, ...(await outputs())])];
  const changed = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile() || found.size > maxBytes || found.mtimeMs < startedAt - timeToleranceMilliseconds) return [];
      return (await readFile(file, 'utf8')).includes(relay.host) ? [file] : [];
    }),
  );
  return changed.flat();
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => filesWithUrls.test(name))
    .slice(0, maxFiles)
    .map((name) => path.join(folder, name));
}

type RewriteOptions = Options & {
  readonly original: LockUrls;
  readonly pages: ReadonlyMap<string, ProjectPage>;
  /** The contents of files before the run. */
  readonly originals: readonly OriginalFile[];
};

/** Replaces the relay's URLs in a file that the installer wrote. */
async function rewrite(file: string, options: RewriteOptions): Promise<void> {
  const { relay, real, original } = options;
  const text = await readFile(file, 'utf8');
  const unknown = relayFileKeys(text, relay.indexUrl).filter((key) => !original.files.has(key));
  const files = unknown.length === 0 ? new Map<string, string>() : await realUrls(unknown, options);
  const index = realIndex(file, real);
  const restored = restoreUrls(text, relay.indexUrl, { original, index, files });
  const rewritten =
    'upstream' in real
      ? restored
      : withoutRelay(restored, { host: relay.host, endpoint: real.endpoint, pages: new Map() });
  if (rewritten.includes(relay.host)) throw await discard(file, options.originals);
  await replace(file, rewritten);
}

/** Returns the index to write. A Pipfile gets PyPI, because pipenv's mirror setting replaces no other source. */
function realIndex(file: string, real: Options['real']): string {
  if (path.basename(file).startsWith('Pipfile')) return publicIndex;
  return 'upstream' in real ? configuredIndex(real.upstream) : `${real.endpoint}simple/`;
}

/** Restores a file whose URLs are unknown, or removes it if it is new, and returns the error to throw. */
async function discard(file: string, originals: readonly OriginalFile[]): Promise<AwspipError> {
  const before = originals.find((original) => original.file === file)?.before;
  const isRestored = before !== undefined && !mentionsRelay(before);
  if (isRestored) await replace(file, before);
  else await rm(file, { force: true });
  const result = isRestored ? 'the file was restored' : 'the file was removed';
  return new AwspipError('lock-not-rewritten', `cannot find the URLs of the files in ${file}; ${result}`, {
    exit: 'unavailable',
    hint: 'run the same command again',
  });
}

/** Returns the real URLs of files by their keys, without credentials. */
async function realUrls(keys: readonly string[], { real, pages }: RewriteOptions): Promise<Map<string, string>> {
  const names = keys.flatMap((key) => projectOfFilename(decodeURIComponent(key.slice(key.indexOf('/') + 1))) ?? []);
  const found = 'upstream' in real ? [...(await configuredPages(names, real.upstream)).values()] : [...pages.values()];
  return new Map(
    found.flatMap(({ files }) =>
      files.map(({ filename, url, hashes }) => {
        const plain = new URL(url);
        for (const part of ['hash', 'search', 'username', 'password'] as const) plain[part] = '';
        return [`${hashes.sha256?.slice(0, 16).toLowerCase()}/${encodeURIComponent(filename)}`, plain.href] as const;
      }),
    ),
  );
}

/** Replaces a file atomically, with the same permissions. */
async function replace(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  const draft = `${file}.${process.pid}.awspip`;
  await writeFile(draft, text, { mode });
  await rename(draft, file);
}
