import type { ProjectName } from '../index/types.ts';
import type { Refusal } from './types.ts';

/** A release of a requester's dependency path. The version is unknown if the resolver found no solution with it. */
export type PathRelease = { readonly name: ProjectName; readonly version?: string | undefined };

/** A person or pipeline that asked for a release, and what for. */
export type HoldRequester = {
  /** `user@host`. It is not a credential. */
  readonly by: string;
  /** ISO times of the first and the last request. */
  readonly at: string;
  readonly lastAt: string;
  /** The last requests, the newest first, and the first few requirements of that one. */
  readonly requestIds: readonly string[];
  readonly roots: readonly string[];
  /** The releases that need it, nearest first; empty if the requester only named it. */
  readonly neededBy: readonly PathRelease[];
  /** Why the requester needs it, as given to `awspip request`. */
  readonly reason?: string | undefined;
};

/**
 * A release that people asked for and that may not be installed: DynamoDB item `pk` `holds`, `sk` `<name>#<version>`. It
 * stays until 90 days after the last request. Whether it is decided by now follows from the decisions and the record.
 */
export type Hold = {
  readonly name: ProjectName;
  /** Null if the reason concerns the whole project. */
  readonly version: string | null;
  readonly kind: 'BLOCKED' | 'HELD';
  readonly riskLevel?: Refusal['riskLevel'];
  readonly score?: Refusal['score'];
  readonly reasons: Refusal['reasons'];
  readonly similarPackages: readonly string[];
  /** ISO time at which the cooldown ends. */
  readonly heldUntil?: string | undefined;
  /** The sources that did not answer. Once they do, the verdict may be another. */
  readonly unknownSources?: readonly string[] | undefined;
  /** The newest release of the project that the requester could install in its place. */
  readonly instead?: string | undefined;
  readonly detail?: string | undefined;
  /** Everybody who asked, the first one first, up to `maxRequesters`. */
  readonly requesters: readonly HoldRequester[];
  /** The number of further ones. */
  readonly requestersOmitted?: number | undefined;
  /** ISO times of the first and the last request. */
  readonly since: string;
  readonly lastAt: string;
  /** Counts the changes of the item, so that two writers don't overwrite each other. */
  readonly revision: number;
};

/** One request for a release that may not be installed. */
export type HoldRequest = Pick<
  Hold,
  | 'name'
  | 'version'
  | 'kind'
  | 'riskLevel'
  | 'score'
  | 'reasons'
  | 'similarPackages'
  | 'heldUntil'
  | 'unknownSources'
  | 'instead'
  | 'detail'
> & { readonly requester: Omit<HoldRequester, 'at' | 'lastAt'> };

/** Keeps an item far below the 400 KB of DynamoDB, and reads of the queue cheap. */
export const maxRequesters = 100;
const maxRequestIds = 5;
const maxRequesterBytes = 150_000;

/** Returns a hold with one more request. The facts of the newest request count. `at` is its ISO time. */
export function mergeHold(found: Hold | undefined, { requester, ...facts }: HoldRequest, at: string): Hold {
  const known = found?.requesters ?? [];
  const earlier = known.find(({ by }) => by === requester.by);
  const own: HoldRequester = {
    ...requester,
    // Somebody who asks for it by name still needs it for what an earlier request was about.
    neededBy: requester.neededBy.length > 0 ? requester.neededBy : (earlier?.neededBy ?? []),
    requestIds: [...new Set([...requester.requestIds, ...(earlier?.requestIds ?? [])])].slice(0, maxRequestIds),
    reason: requester.reason ?? earlier?.reason,
    at: earlier?.at ?? at,
    lastAt: at,
  };
  const changed = earlier === undefined ? [...known, own] : known.map((one) => (one === earlier ? own : one));
  const hasRoom = changed.length <= maxRequesters && Buffer.byteLength(JSON.stringify(changed)) <= maxRequesterBytes;
  const requesters = hasRoom ? changed : known.map((one) => (one === earlier ? { ...earlier, lastAt: at } : one));
  const omitted = (found?.requestersOmitted ?? 0) + (hasRoom || earlier !== undefined ? 0 : 1);
  return {
    ...facts,
    requesters,
    requestersOmitted: omitted === 0 ? undefined : omitted,
    since: found?.since ?? at,
    lastAt: at,
    revision: (found?.revision ?? 0) + 1,
  };
}
