import { tmpdir } from 'node:os';
import { openRepositoryFiles } from '../../../codeartifact/repository-files.ts';
import { inspectArchive } from '../../../firewall/install-code/inspect-archive.ts';
import { popularityUnder } from '../../../firewall/other-index.ts';
import { pypiIntegrity } from '../../../firewall/sources/pypi-integrity.ts';
import { openFileContents } from '../../../workflow/file-contents.ts';
import { inspectsCode, openFileInspection } from '../../../workflow/file-inspection.ts';
import { readOwnMetadata } from '../../../workflow/own-metadata.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { readFileFacts } from '../../../workflow/resolver/file-facts.ts';
import { installEndpoint } from './codeartifact.ts';
import { currentPolicy } from './current-policy.ts';
import { sourceSettings } from './source-settings.ts';
import { openUpstream } from './web.ts';

const upstream = openUpstream();
let attested: ReturnType<typeof pypiIntegrity> | undefined;

/** Opens the inspection of files under the current policy. */
export async function currentInspection(): Promise<Pick<WorkflowPorts, 'inspect' | 'inspectListed'>> {
  const policy = await currentPolicy();
  const { rankOf } = popularityUnder(policy);
  const reading = { inspectFile: inspectArchive, temporaryFolder: tmpdir() };
  attested ??= pypiIntegrity(sourceSettings());
  return openFileInspection({
    repository: async () => openRepositoryFiles(await installEndpoint()),
    upstream,
    policy,
    now: Date.now,
    isRanked: (name) => rankOf(name) !== null,
    attested,
    readFacts: (file, kind, maxBytes) => readFileFacts(file, kind, upstream, maxBytes),
    readContent: openFileContents({ ...reading, readMetadata: readOwnMetadata, inspectsCode: inspectsCode(policy) })
      .read,
    ...reading,
  });
}
