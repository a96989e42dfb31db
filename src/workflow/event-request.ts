import { normaliseName } from '../index/names.ts';
import type { TargetEnvironment } from '../index/types.ts';
import { requestId } from '../vetting/request-id.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { RequestContent, VettingRequest } from '../vetting/types.ts';
import { decideClaim } from './claim.ts';
import { defaultEnvironment } from './default-environment.ts';
import { readInput } from './input.ts';

/** What becomes of an event: an execution, or why none. */
export type EventDecision =
  | { readonly kind: 'start'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'ignored' | 'known' | 'too-many' };

/** One execution per request in so many milliseconds: the name says which, so that a repeated event starts nothing. */
const window = 600_000;

export type EventPorts = {
  readonly store: Pick<VettingStore, 'readRequest'>;
  readonly environmentOf: (userAgent: string) => TargetEnvironment | undefined;
  /** Takes one of the minute's places; false when none is left. */
  readonly take: () => Promise<boolean>;
  readonly now: () => number;
};

/**
 * Whether a 404 event starts a vetting. Events come twice, anyone who may read secure-pypi can make up names by the
 * thousand, and pip asks for the same project again and again: what is answered already costs one read, and a minute
 * has so many places and no more.
 */
export async function decideEvent(event: unknown, ports: EventPorts): Promise<EventDecision> {
  const input = readInput(event, ports.environmentOf);
  if (input === undefined) return { kind: 'ignored' };
  const seen = await ports.store.readRequest(input.requestId, { consistent: true });
  const now = ports.now();
  const name = `${input.requestId}-e${Math.floor(now / window)}`;
  if (decideClaim(seen, { execution: name, attempt: input.attempt, now }).kind === 'theirs') return { kind: 'known' };
  if (!(await ports.take())) return { kind: 'too-many' };
  return { kind: 'start', name, input: event };
}

/** A request that nobody typed: for these roots, as the default interpreter would take them. */
export function eventRequestContent(
  roots: readonly string[],
  how: Pick<RequestContent['options'], 'noDeps' | 'upgrade'>,
  by: string,
): RequestContent {
  return {
    roots,
    constraints: [],
    options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, ...how },
    environment: defaultEnvironment,
    requestedBy: by,
  };
}

/** The next attempt at an ask; undefined while someone works on it. */
export async function nextAttempt(
  ask: RequestContent,
  { store, now }: Pick<EventPorts, 'store' | 'now'>,
): Promise<VettingRequest | undefined> {
  const id = requestId(ask);
  const seen = await store.readRequest(id, { consistent: true });
  if (seen?.status === 'CHECK' && now() < seen.leaseUntil) return undefined;
  return { ...ask, requestId: id, attempt: (seen?.attempt ?? 0) + 1 };
}

/**
 * The request that takes up a release whose import outlasted the wait for it; undefined when it is no matter of ours.
 * `event` is what CodeArtifact says: a project and a version, published in package-install.
 */
export async function lateImport(
  event: unknown,
  ports: Pick<EventPorts, 'now'> & { readonly store: Pick<VettingStore, 'readRequest' | 'readRelease'> },
): Promise<VettingRequest | undefined> {
  const { package: project, version } = (event ?? {}) as Record<string, unknown>;
  if (typeof project !== 'string' || typeof version !== 'string') return undefined;
  if (!/^[a-z0-9][a-z0-9._-]{0,254}$/i.test(project) || !/^[a-z0-9.!+_-]{1,255}$/i.test(version)) return undefined;
  const name = normaliseName(project);
  const record = await ports.store.readRelease({ name, version }, { consistent: true });
  if (record?.status !== 'ERROR' || !/has not finished importing|does not list/.test(record.cause ?? '')) {
    return undefined;
  }
  const how = { noDeps: true, upgrade: false };
  return nextAttempt(eventRequestContent([`${name}==${version}`], how, 'import finished late'), ports);
}
