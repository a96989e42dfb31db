import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { projectOfFilename } from '../index/filename.ts';
import type { ProjectPage, UpstreamConfiguration } from '../index/types.ts';
import { withoutRelay } from '../pip/post-processing.ts';
import type { Relay } from '../relay/types.ts';
import { configuredIndex, configuredPages } from './configured-index.ts';
import { withIndexTablesOf } from './index-tables.ts';
import {
  filesOfRelay,
  fromRelay,
  type LockMemory,
  namesRelay,
  nothingKnown,
  publicIndex,
  towardsRelay,
} from './lock-addresses.ts';

/** The files of a project in which tools write down where packages come from. */
export type WrittenFiles = {
  /** Before a run: the relay in place of the lock file's own addresses. */
  readonly turn: () => Promise<void>;
  /** After it: no file names the relay any more. */
  readonly turnBack: () => Promise<void>;
};

type Options = {
  readonly relay: Relay;
  /** Lock file of uv that the command goes by. */
  readonly lock: string;
  /** Project files and scripts in which a tool may write down an index. */
  readonly manifests: readonly string[];
  readonly folders: readonly string[];
  /** Other files that the tool may have written: those the command line names, notes of its own. */
  readonly outputs: () => Promise<readonly string[]>;
  /** The repository's endpoint on AWS; the local stack stands for this machine's own index. */
  readonly real: { readonly endpoint: string } | { readonly upstream: UpstreamConfiguration };
};

const written = /^(?:Pipfile|.*\.lock|.*\.txt|.*\.in|pyproject\.toml|pylock[\w.-]*\.toml)$/;
const maxFiles = 500;
const maxBytes = 64 * 1024 * 1024;
/** File systems keep times less exactly than clocks do. */
const slack = 2_000;

type Turned = { readonly file: string; readonly before: string; readonly turned: string; readonly times: [Date, Date] };

export function openLockFiles(options: Options): WrittenFiles {
  const { relay } = options;
  const pages = new Map<string, ProjectPage>();
  let memory: LockMemory = nothingKnown;
  let turned: readonly Turned[] = [];
  let manifests: readonly Manifest[] = [];
  let began = 0;
  return {
    async turn() {
      began = Date.now();
      manifests = await readManifests(options.manifests);
      const lock = await turnLock(options.lock, relay.indexUrl);
      turned = lock === undefined ? [] : [lock];
      memory = lock?.memory ?? memory;
    },
    async turnBack() {
      for (const [name, { page }] of relay.observed().pages) if (page !== undefined) pages.set(name, page);
      for (const lock of turned) await restoreUnchanged(lock);
      for (const manifest of manifests) await restoreIndexes(manifest, relay.indexUrl);
      const stale = turned.filter(({ before }) => namesRelay(before)).map(({ file }) => file);
      const changed = new Set([...stale, ...(await changedFiles(options, began))]);
      for (const file of changed) await rewrite(file, { ...options, memory, pages, kept: [...turned, ...manifests] });
    },
  };
}

type Manifest = { readonly file: string; readonly before: string };

async function readManifests(files: readonly string[]): Promise<Manifest[]> {
  const read = await Promise.all(
    files.map(async (file) => ({ file, before: await readFile(file, 'utf8').catch(() => undefined) })),
  );
  return read.flatMap(({ file, before }) => (before === undefined ? [] : [{ file, before }]));
}

/** `uv add` writes down the index it was led to. */
async function restoreIndexes({ file, before }: Manifest, indexUrl: string): Promise<void> {
  const after = await readFile(file, 'utf8').catch(() => undefined);
  if (after === undefined || after === before) return;
  const text = withIndexTablesOf(before, after, indexUrl);
  if (text !== after) await replace(file, text);
}

async function turnLock(file: string, indexUrl: string): Promise<(Turned & { memory: LockMemory }) | undefined> {
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === undefined || before.length > maxBytes) return undefined;
  const { text, memory } = towardsRelay(before, indexUrl);
  const { atime, mtime } = await stat(file);
  if (text !== before) await replace(file, text);
  return { file, before, turned: text, times: [atime, mtime], memory };
}

/** A lock that the tool left alone is as it was, to the byte and the minute. */
async function restoreUnchanged({ file, before, turned, times }: Turned): Promise<void> {
  if (before === turned || namesRelay(before) || (await readFile(file, 'utf8').catch(() => undefined)) !== turned)
    return;
  await replace(file, before);
  await utimes(file, ...times);
}

async function changedFiles({ folders, lock, manifests, outputs, relay }: Options, began: number): Promise<string[]> {
  const listed = await Promise.all([...new Set(folders)].map((folder) => listFiles(folder)));
  const files = [...new Set([...listed.flat(), lock, ...manifests, ...(await outputs())])];
  const changed = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile() || found.size > maxBytes || found.mtimeMs < began - slack) return [];
      return (await readFile(file, 'utf8')).includes(relay.host) ? [file] : [];
    }),
  );
  return changed.flat();
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => written.test(name))
    .slice(0, maxFiles)
    .map((name) => path.join(folder, name));
}

type Rewrite = Options & {
  readonly memory: LockMemory;
  readonly pages: ReadonlyMap<string, ProjectPage>;
  /** What files were before the run. */
  readonly kept: readonly Manifest[];
};

async function rewrite(file: string, options: Rewrite): Promise<void> {
  const { relay, real, memory } = options;
  const text = await readFile(file, 'utf8');
  const unknown = filesOfRelay(text, relay.indexUrl).filter((key) => !memory.files.has(key));
  const files = unknown.length === 0 ? new Map<string, string>() : await addressesOf(unknown, options);
  const index = realIndex(file, real);
  const back = fromRelay(text, relay.indexUrl, { memory, index, files });
  const whole =
    'upstream' in real ? back : withoutRelay(back, { host: relay.host, endpoint: real.endpoint, pages: new Map() });
  if (whole.includes(relay.host)) throw await notRewritten(file, options.kept);
  await replace(file, whole);
}

/** pipenv's mirror stands for PyPI alone: another source in a Pipfile would lead past it the next time. */
function realIndex(file: string, real: Options['real']): string {
  if (path.basename(file).startsWith('Pipfile')) return publicIndex;
  return 'upstream' in real ? configuredIndex(real.upstream) : `${real.endpoint}simple/`;
}

/** What cannot be said rightly is not said: the file is as it was before, or gone. */
async function notRewritten(file: string, files: readonly Manifest[]): Promise<AwspipError> {
  const before = files.find((one) => one.file === file)?.before;
  const kept = before !== undefined && !namesRelay(before);
  if (kept) await replace(file, before);
  else await rm(file, { force: true });
  const what = kept ? 'it is as it was before' : 'it is removed';
  return new AwspipError('lock-not-rewritten', `the addresses of files in ${file} could not be had: ${what}`, {
    exit: 'unavailable',
    hint: 'run the same command again',
  });
}

async function addressesOf(keys: readonly string[], { real, pages }: Rewrite): Promise<Map<string, string>> {
  const names = keys.flatMap((key) => projectOfFilename(decodeURIComponent(key.slice(key.indexOf('/') + 1))) ?? []);
  const found = 'upstream' in real ? [...(await configuredPages(names, real.upstream)).values()] : [...pages.values()];
  return new Map(
    found.flatMap(({ files }) =>
      files.map(({ filename, url, hashes }) => {
        const address = new URL(url);
        for (const part of ['hash', 'search', 'username', 'password'] as const) address[part] = '';
        return [`${hashes.sha256?.slice(0, 16).toLowerCase()}/${encodeURIComponent(filename)}`, address.href] as const;
      }),
    ),
  );
}

async function replace(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  const beside = `${file}.${process.pid}.awspip`;
  await writeFile(beside, text, { mode });
  await rename(beside, file);
}
