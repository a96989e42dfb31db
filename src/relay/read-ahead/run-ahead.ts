import { type FileHandle, open, stat } from 'node:fs/promises';
import { projectOfFilename } from '../../index/filename.ts';
import { parseRequirement } from '../../index/requirement.ts';
import type { IndexFile, ProjectName, TargetEnvironment } from '../../index/types.ts';
import type { Catalogue } from '../catalogue.ts';
import { sha256Of } from '../fetch-page.ts';
import type { CacheWriter } from '../file-cache/types.ts';
import type { RelayUpstream } from '../relay-upstream.ts';
import { offeredDigest, type WheelMetadata } from '../wheel-metadata.ts';
import { openHints } from './hints.ts';
import { openNextCandidates } from './next-candidates.ts';
import { openReadAhead, type ReadAhead } from './read-ahead.ts';
import { openSpool } from './spool.ts';
import type { ReadAheadPlan } from './types.ts';

type Parts = {
  readonly catalogue: Catalogue;
  readonly upstream: RelayUpstream;
  readonly metadata: Pick<WheelMetadata, 'text' | 'vettedWith'>;
  /** Called when the repository lacks the page of a root, once the interpreter is known. */
  readonly onMissingPage?: ((name: ProjectName, userAgent: string) => void) | undefined;
};

/** The read-ahead of all runs of pip in one command. */
export type RunAhead = {
  /** Begins with a run of pip. The files of earlier runs stay. */
  readonly startRun: () => void;
  /** Names the interpreter, by a `User-Agent`, before pip's first request. */
  readonly noteInterpreter: (userAgent: string) => void;
  /** Notes a request of pip. */
  readonly noteRequest: (userAgent: string | undefined, page: ProjectName | undefined) => void;
  /** Notes that pip requests the METADATA of a file. */
  readonly noteMetadata: (file: IndexFile) => void;
  /** Returns a file that is on this machine and verified: its bytes, or open. Waits for one that is being fetched. */
  readonly take: (sha256: string) => Promise<Buffer | FileHandle | undefined>;
  /** Whether a file that pip will probably fetch is on this machine already. */
  readonly has: (sha256: string) => boolean;
  /** Returns the size of a file that is on this machine now, in bytes. */
  readonly sizeOf: (sha256: string) => Promise<number | undefined>;
  /** Begins to keep a file that is fetched for a request. */
  readonly receive: (sha256: string) => CacheWriter | undefined;
  /** Checks whether a file of this size is kept for later runs. */
  readonly keeps: (bytes: number) => boolean;
  readonly close: () => Promise<void>;
};

/** Pages of roots that are read while pip starts. */
const maxEarlyPages = 100;

/** Opens the read-ahead. It begins when the interpreter is known, from pip's first request at the latest. */
export function openRunAhead(plan: ReadAheadPlan, parts: Parts): RunAhead {
  const { request, environmentOf, folder, cache, limits } = plan;
  const { catalogue, upstream, metadata, onMissingPage } = parts;
  const spool = openSpool({ folder, upstream, ...(cache && { keep: cache.add }), ...(limits && { limits }) });
  const rootNames = request.roots.flatMap((root) => parseRequirement(root)?.name ?? []).slice(0, maxEarlyPages);
  let environment: TargetEnvironment | undefined;
  let current: ReadAhead | undefined;
  let readNext: ReturnType<typeof openNextCandidates> | undefined;

  const textOf = async (name: ProjectName, file: IndexFile): Promise<string | undefined> => {
    const digest = offeredDigest(file);
    return digest === undefined ? undefined : (await metadata.text(name, digest))?.toString('utf8');
  };
  const considered = new Set<string>();
  const cached = new Set<string>();
  const fetch = (file: IndexFile): void => {
    const sha256 = sha256Of(file);
    if (sha256 === undefined || considered.has(sha256)) return;
    considered.add(sha256);
    const fetchUncached = async () => {
      if ((await cache?.has(sha256)) === true) cached.add(sha256);
      else spool.fetch({ file, sha256 });
    };
    fetchUncached().catch(() => {});
  };

  const { text, vettedWith } = metadata;
  const hintPorts = { page: catalogue.ahead, metadata: textOf, text, ...(vettedWith && { vettedWith }) };
  const hints = openHints(hintPorts, request);

  const begin = (userAgent: string | undefined): void => {
    environment ??= userAgent === undefined ? undefined : environmentOf(userAgent);
    if (environment === undefined) return;
    hints.begin(environment);
    current?.begin(environment);
  };

  return {
    startRun() {
      current?.stop();
      current = openReadAhead(request, { page: catalogue.ahead, metadata: textOf, fetch });
      readNext = openNextCandidates({ page: catalogue.ahead, metadata: textOf }, request);
      if (environment !== undefined) current.begin(environment);
      else {
        for (const name of rootNames) catalogue.ahead(name).catch(() => {});
        hints.follow(rootNames);
      }
    },
    noteInterpreter(userAgent) {
      begin(userAgent);
      const reportMissing = async (name: ProjectName) => {
        if (await catalogue.lacks(name)) onMissingPage?.(name, userAgent);
      };
      for (const name of rootNames) reportMissing(name).catch(() => {});
    },
    noteRequest(userAgent, page) {
      begin(userAgent);
      if (page !== undefined) current?.noteRequest(page);
    },
    noteMetadata(file) {
      const name = projectOfFilename(file.filename);
      // A failure is reported when pip requests the same.
      if (name !== undefined && environment !== undefined) readNext?.(name, file, environment).catch(() => {});
    },
    async take(sha256) {
      current?.noteFile();
      considered.add(sha256); // A request fetches it now.
      const spooled = await spool.take(sha256);
      const local = typeof spooled === 'string' ? await open(spooled, 'r').catch(() => undefined) : spooled;
      return local ?? cache?.open(sha256);
    },
    has: (sha256) => cached.has(sha256) || spool.find(sha256) !== undefined,
    async sizeOf(sha256) {
      const spooled = spool.find(sha256);
      if (Buffer.isBuffer(spooled)) return spooled.length;
      if (spooled !== undefined) return (await stat(spooled).catch(() => undefined))?.size;
      const handle = await cache?.open(sha256);
      try {
        return (await handle?.stat())?.size;
      } finally {
        await handle?.close();
      }
    },
    receive: (sha256) => cache?.receive(sha256),
    keeps: (bytes) => cache?.keeps(bytes) === true,
    async close() {
      current?.stop();
      hints.stop();
      await spool.close();
      await cache?.close();
    },
  };
}
