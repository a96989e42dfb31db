import { releaseStatus } from '../../codeartifact/release-status.ts';
import { fitsGlob } from '../../firewall/lists.ts';
import { popularity } from '../../firewall/names/popularity.ts';
import type { ProjectName } from '../../index/types.ts';
import { resolve } from '../../workflow/resolver/resolve.ts';
import { assessRelease } from './parts/assess-release.ts';
import { artifactRepository } from './parts/codeartifact.ts';
import { currentPolicy, policyFacts, rememberCurrentPolicy } from './parts/current-policy.ts';
import { environmentValue } from './parts/environment-value.ts';
import { currentInspection } from './parts/file-inspection.ts';
import { taskHandler } from './parts/task-handler.ts';
import { openUpstream } from './parts/web.ts';

const index = openUpstream();

export const handler = taskHandler('Resolve', async () => {
  const policy = await currentPolicy();
  await rememberCurrentPolicy();
  const { similar } = popularity(policy.protected);
  return {
    policy: await policyFacts(),
    // The resolver assesses releases within cooldown.
    assess: assessRelease,
    inspectListed: (await currentInspection()).inspectListed,
    secureStatus: async (release) =>
      (await releaseStatus({ ...artifactRepository(), repository: environmentValue('SECURE_REPOSITORY') }, release))
        ?.status,
    resolve: (query) =>
      resolve({
        ...query,
        index,
        nearest: (name: ProjectName) =>
          similar(name)
            .slice(0, 3)
            .map(({ target }) => target),
        isPrivate: (name: ProjectName) => policy.internal.some((pattern) => fitsGlob(pattern, name)),
        now: Date.now,
      }),
  };
});
