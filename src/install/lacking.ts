import { parseRequirement } from '../index/requirement.ts';
import type { Relay } from '../relay/types.ts';
import type { MissConfirmation } from './confirm-misses.ts';
import { missingFromPages } from './decide-missing.ts';

/**
 * Returns the requirements that the repository lacks. Requests the page of each project. Returns nothing if the
 * repository failed: pip runs into the failure and it is reported.
 */
export async function lackingInRepository(
  requirements: readonly string[],
  relay: Pick<Relay, 'loadPages' | 'reset' | 'observed'>,
  confirmation: MissConfirmation,
): Promise<readonly string[]> {
  const look = async () => {
    relay.reset();
    await relay.loadPages([...new Set(requirements.flatMap((text) => parseRequirement(text)?.name ?? []))]);
    return relay.observed();
  };
  const observed = await look();
  const { pages, failures } = (await confirmation(observed)) ? observed : await look();
  return failures.length > 0 ? [] : missingFromPages(requirements, pages);
}
