import { tmpdir } from 'node:os';
import { openRepositoryFiles } from '../../../codeartifact/repository-files.ts';
import { inspectArchive } from '../../../firewall/install-code/inspect-archive.ts';
import { popularityUnder } from '../../../firewall/other-index.ts';
import { pypiIntegrity } from '../../../firewall/sources/pypi-integrity.ts';
import { openFileInspection } from '../../../workflow/file-inspection.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
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
  attested ??= pypiIntegrity(sourceSettings());
  return openFileInspection({
    repository: async () => openRepositoryFiles(await installEndpoint()),
    upstream,
    policy,
    now: Date.now,
    isRanked: (name) => rankOf(name) !== null,
    attested,
    inspectFile: inspectArchive,
    temporaryFolder: tmpdir(),
  });
}
