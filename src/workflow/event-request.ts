import { normaliseName } from '../index/names.ts';
import type { TargetEnvironment } from '../index/types.ts';
import { requestId } from '../vetting/request-id.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { RequestContent, VettingRequest } from '../vetting/types.ts';
import { decideClaim } from './claim.ts';
import { defaultEnvironment } from './default-environment.ts';
import { readInput } from './input.ts';

/** The decision about an event: the execution to start, or the reason to start none. */
export type EventDecision =
  | { readonly kind: 'start'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'ignored' | 'known' | 'too-many' };

/** The execution's name contains this time window, so that a repeated event doesn't start a second execution. */
const windowMilliseconds = 600_000;

export type EventPorts = {
  readonly store: Pick<VettingStore, 'readRequest'>;
  readonly environmentOf: (userAgent: string) => TargetEnvironment | undefined;
  /** Counts a start against the limit per minute; false when the limit is reached. */
  readonly countStart: () => Promise<boolean>;
  readonly now: () => number;
};

/**
 * Decides whether a 404 event starts a vetting.
 *
 * Events can be delivered twice, pip requests the same project repeatedly, and any reader of secure-pypi can make up
 * names. A request with a recent verdict therefore costs one read, and the starts per minute are limited.
 */
export async function decideEvent(event: unknown, ports: EventPorts): Promise<EventDecision> {
  const input = readInput(event, ports.environmentOf);
  if (input === undefined) return { kind: 'ignored' };
  const record = await ports.store.readRequest(input.requestId, { consistent: true });
  const now = ports.now();
  const name = `${input.requestId}-e${Math.floor(now / windowMilliseconds)}`;
  if (decideClaim(record, { execution: name, attempt: input.attempt, now }).kind === 'skip') return { kind: 'known' };
  if (!(await ports.countStart())) return { kind: 'too-many' };
  return { kind: 'start', name, input: event };
}

/** Returns the content of a request that the system makes, for the default environment. */
export function automaticRequest(
  roots: readonly string[],
  options: Pick<RequestContent['options'], 'noDeps' | 'upgrade'>,
  requestedBy: string,
): RequestContent {
  return {
    roots,
    constraints: [],
    options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, ...options },
    environment: defaultEnvironment,
    requestedBy,
  };
}

/** Returns the next attempt of a request, or undefined while an execution works on it. */
export async function nextAttempt(
  content: RequestContent,
  { store, now }: Pick<EventPorts, 'store' | 'now'>,
): Promise<VettingRequest | undefined> {
  const id = requestId(content);
  const record = await store.readRequest(id, { consistent: true });
  if (record?.status === 'CHECK' && now() < record.leaseUntil) return undefined;
  return { ...content, requestId: id, attempt: (record?.attempt ?? 0) + 1 };
}

/**
 * Returns a request for a release whose import took longer than the workflow waited, or undefined for any other
 * release. `event` is CodeArtifact's event for a package version published in package-install.
 */
export async function lateImportRequest(
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
  const options = { noDeps: true, upgrade: false };
  return nextAttempt(automaticRequest([`${name}==${version}`], options, 'import finished late'), ports);
}
