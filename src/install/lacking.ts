import { parseRequirement } from '../index/requirement.ts';
import type { Relay } from '../relay/types.ts';
import { lacking } from './missing.ts';
import type { MissingProof } from './proven-run.ts';

/**
 * Returns the requirements that the repository lacks. Asks for the page of each project. Returns nothing if the
 * repository had trouble: pip runs into it and reports it.
 */
export async function lackingInRepository(
  requirements: readonly string[],
  relay: Pick<Relay, 'consult' | 'forget' | 'observed'>,
  proof: MissingProof,
): Promise<readonly string[]> {
  const look = async () => {
    relay.forget();
    await relay.consult([...new Set(requirements.flatMap((text) => parseRequirement(text)?.name ?? []))]);
    return relay.observed();
  };
  const observed = await look();
  const { pages, trouble } = (await proof(observed)) ? observed : await look();
  return trouble.length > 0 ? [] : lacking(requirements, pages);
}
