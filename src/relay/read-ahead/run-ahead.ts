import { parseRequirement } from '../../index/requirement.ts';
import type { IndexFile, ProjectName, TargetEnvironment } from '../../index/types.ts';
import type { Catalogue } from '../catalogue.ts';
import { sha256Of } from '../fetch-page.ts';
import type { RelayUpstream } from '../relay-upstream.ts';
import { offeredDigest, type WheelMetadata } from '../wheel-metadata.ts';
import { openReadAhead, type ReadAhead } from './read-ahead.ts';
import { openSpool } from './spool.ts';
import type { ReadAheadPlan } from './types.ts';

type Parts = {
  readonly catalogue: Catalogue;
  readonly upstream: RelayUpstream;
  readonly metadata: Pick<WheelMetadata, 'text'>;
};

/** The read-ahead of all runs of pip in one command. */
export type RunAhead = {
  /** Begins with a run of pip. The files of earlier runs stay. */
  readonly startRun: () => void;
  /** Notes a request of pip. */
  readonly noteRequest: (userAgent: string | undefined, page: ProjectName | undefined) => void;
  /** Returns the path of a file that is there. */
  readonly take: (sha256: string) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
};

/** Pages of roots that are read while pip starts. */
const maxEarlyPages = 100;

/** Opens the read-ahead. It begins when pip's first request names the interpreter. */
export function openRunAhead({ request, environmentOf, folder }: ReadAheadPlan, parts: Parts): RunAhead {
  const { catalogue, upstream, metadata } = parts;
  const spool = openSpool({ folder, upstream });
  const rootNames = request.roots.flatMap((root) => parseRequirement(root)?.name ?? []).slice(0, maxEarlyPages);
  let environment: TargetEnvironment | undefined;
  let current: ReadAhead | undefined;

  const textOf = async (name: ProjectName, file: IndexFile): Promise<string | undefined> => {
    const digest = offeredDigest(file);
    return digest === undefined ? undefined : (await metadata.text(name, digest))?.toString('utf8');
  };
  const fetch = (file: IndexFile): void => {
    const sha256 = sha256Of(file);
    if (sha256 !== undefined) spool.fetch({ file, sha256 });
  };

  return {
    startRun() {
      current?.stop();
      current = openReadAhead(request, { page: catalogue.ahead, metadata: textOf, fetch });
      if (environment !== undefined) current.begin(environment);
      else for (const name of rootNames) catalogue.ahead(name).catch(() => {});
    },
    noteRequest(userAgent, page) {
      environment ??= userAgent === undefined ? undefined : environmentOf(userAgent);
      if (environment !== undefined) current?.begin(environment);
      if (page !== undefined) current?.noteRequest(page);
    },
    take(sha256) {
      current?.noteFile();
      return spool.take(sha256);
    },
    async close() {
      current?.stop();
      await spool.close();
    },
  };
}
