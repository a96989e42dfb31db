import { normaliseName } from '../index/names.ts';
import { showRequirement } from '../index/requirement.ts';
import type { IndexFile, ProjectName, Requirement, UpstreamIndex } from '../index/types.ts';
import type { FileVerdict } from './ports.ts';
import { readFileFacts } from './resolver/file-facts.ts';
import type { FileFacts, ReadFacts } from './resolver/types.ts';

type Source = Pick<UpstreamIndex, 'open'>;

/** Compressed bytes read of one file. */
const maxBytes = 4 * 1024 * 1024 * 1024;

/**
 * Compares the metadata in an imported file with the metadata that the resolver read from the index.
 *
 * @param imported reads the imported bytes
 * @param readFacts returns what the resolver has read; by default it is read from the index again
 * @throws AwspipError `unavailable`, when the index doesn't send the metadata
 */
export async function judgeMetadata(
  name: ProjectName,
  listed: IndexFile,
  {
    imported,
    upstream,
    readFacts = (...file) => readFileFacts(file[0], file[1], upstream, file[2]),
  }: {
    readonly imported: Source;
    readonly upstream: Pick<UpstreamIndex, 'open' | 'metadata'>;
    readonly readFacts?: ReadFacts | undefined;
  },
): Promise<FileVerdict> {
  const kind = listed.filename.endsWith('.whl') ? 'wheel' : 'sdist';
  const own = await readFileFacts(listed, kind, { ...imported, metadata: async () => undefined }, maxBytes);
  const direct = directReference(own);
  if (direct !== undefined) return { status: 'BLOCKED', reasons: [`${listed.filename} ${direct}`] };
  const used = await readFacts(listed, kind, maxBytes);
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
