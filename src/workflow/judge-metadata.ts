import { normaliseName } from '../index/names.ts';
import { showRequirement } from '../index/requirement.ts';
import type { IndexFile, ProjectName, Requirement } from '../index/types.ts';
import { maxFileBytes } from './own-metadata.ts';
import type { FileVerdict } from './ports.ts';
import type { FileFacts, ReadFacts } from './resolver/types.ts';

/**
 * Compares the metadata in an imported file with the metadata that the resolver read from the index.
 *
 * @param own what the imported bytes say
 * @param readFacts returns what the resolver has read
 * @throws AwspipError `unavailable`, when the index doesn't send the metadata
 */
export async function judgeMetadata(
  name: ProjectName,
  listed: IndexFile,
  { own, readFacts }: { readonly own: FileFacts; readonly readFacts: ReadFacts },
): Promise<FileVerdict> {
  const direct = directReference(own);
  if (direct !== undefined) return { status: 'BLOCKED', reasons: [`${listed.filename} ${direct}`] };
  const kind = listed.filename.endsWith('.whl') ? 'wheel' : 'sdist';
  const used = await readFacts(listed, kind, maxFileBytes);
  const reasons = differences(name, own, used).map((text) => `${listed.filename} ${text}`);
  return { status: reasons.length === 0 ? 'ALLOWED' : 'HELD', reasons };
}

/** Returns that a file requires another project by a direct reference, which no repository vets. */
function directReference({ requirements, buildRequirements = [] }: FileFacts): string | undefined {
  const direct = [...requirements, ...buildRequirements].find(({ url }) => url !== undefined);
  const address = direct?.url?.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
  return direct === undefined ? undefined : `requires \`${direct.name}\` by a direct URL, \`${address}\``;
}

/** Returns how the metadata of an imported file differs from what its index sends. */
function differences(name: ProjectName, own: FileFacts, used: FileFacts): string[] {
  const found: string[] = [];
  if (own.name !== undefined && normaliseName(own.name) !== name) {
    found.push(`has metadata of another project, \`${own.name.slice(0, 100)}\``);
  }
  const [ownNeeds, usedNeeds] = [needsOf(own), needsOf(used)];
  const hidden =
    ownNeeds.find((text) => !usedNeeds.includes(text)) ?? usedNeeds.find((text) => !ownNeeds.includes(text));
  if (hidden !== undefined) found.push(`and its index disagree about the requirement \`${hidden.slice(0, 200)}\``);
  if (own.requiresPython !== used.requiresPython) found.push('and its index disagree about the supported Pythons');
  return found;
}

function needsOf({ requirements, buildRequirements = [] }: FileFacts): readonly string[] {
  const show = (requirement: Requirement): string => showRequirement(requirement);
  return [...requirements.map(show), ...buildRequirements.map((requirement) => `build: ${show(requirement)}`)];
}
