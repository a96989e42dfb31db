import { tmpdir } from 'node:os';
import { openRepositoryFiles } from '../../codeartifact/repository-files.ts';
import { popularity } from '../../firewall/names/popularity.ts';
import { openImportedFiles } from '../../workflow/imported-files.ts';
import { installEndpoint } from './parts/codeartifact.ts';
import { currentPolicy, policyFacts } from './parts/current-policy.ts';
import { taskHandler } from './parts/task-handler.ts';
import { openUpstream } from './parts/web.ts';

const upstream = openUpstream();

export const handler = taskHandler('Inspect', async () => {
  const policy = await currentPolicy();
  const { rankOf } = popularity(policy.protected);
  return {
    policy: await policyFacts(),
    inspect: openImportedFiles({
      repository: async () => openRepositoryFiles(await installEndpoint()),
      upstream,
      policy,
      isRanked: (name) => rankOf(name) !== null,
      temporaryFolder: tmpdir(),
    }),
  };
});
