import { parseRequirement } from '../index/requirement.ts';
import type { Starter } from './await-vetting.ts';
import { checkRequestContent } from './check-request.ts';
import { staleRoots } from './freshness.ts';
import { joinOrStart } from './join-or-start.ts';
import { executionName, requestId } from './request-id.ts';
import type { VettingStore } from './store-types.ts';
import type { RequestContent } from './types.ts';

type Services = {
  readonly store: Pick<VettingStore, 'readFreshness' | 'readRequest'>;
  readonly starter: Pick<Starter, 'start'>;
  /** Epoch milliseconds of the clock of the records, after a read. */
  readonly now: () => number;
};

/**
 * Starts the vetting of the newest releases that unpinned roots allow, and doesn't wait for it. Returns the roots whose
 * newest release was not checked within the last `hours`; nothing starts if there are none.
 *
 * @throws AwspipError `denied`, `unavailable` or `configuration` of the table or the workflow; `usage` of the request
 */
export async function askNewest(
  request: RequestContent,
  hours: number,
  { store, starter, now }: Services,
): Promise<readonly string[]> {
  const unpinned = request.roots.filter((root) => !isPinned(root, request.constraints));
  const stale = await staleRoots(store, unpinned, request.environment, now, { hours, kinds: ['upgrade', 'install'] });
  if (stale.length === 0) return [];
  const content = checkRequestContent({ ...request, options: { ...request.options, upgrade: true } });
  const id = requestId(content);
  const record = await store.readRequest(id);
  const since = now() - hours * 3_600_000;
  const decision = joinOrStart(record, { isRunning: undefined, since, usedAttempt: 0 });
  if (decision.kind === 'answer') return [];
  if (decision.kind === 'start') {
    const input = { ...content, requestId: id, attempt: decision.attempt };
    await starter.start(executionName(input), input);
  }
  return stale;
}

/** Whether a root or a constraint allows only one version. Direct references count as pinned. */
function isPinned(root: string, constraints: readonly string[]): boolean {
  const requirement = parseRequirement(root);
  if (requirement === undefined || requirement.url !== undefined) return true;
  const bounds = constraints
    .flatMap((text) => parseRequirement(text) ?? [])
    .filter(({ name }) => name === requirement.name);
  return [requirement, ...bounds].some(({ specifier }) => /===|==[^*]*$|==[^*,]*,/.test(specifier));
}
