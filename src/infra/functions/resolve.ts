import { fitsGlob } from '../../firewall/lists.ts';
import { popularity } from '../../firewall/names/popularity.ts';
import type { ProjectName } from '../../index/types.ts';
import { resolve } from '../../workflow/resolver/resolve.ts';
import { assessRelease } from './parts/assess-release.ts';
import { currentPolicy, policyFacts } from './parts/policy-object.ts';
import { taskHandler } from './parts/task-handler.ts';
import { openUpstream } from './parts/web.ts';

const index = openUpstream();

export const handler = taskHandler('Resolve', async () => {
  const policy = await currentPolicy();
  const { similar } = popularity(policy.protected);
  return {
    policy: await policyFacts(),
    // Young releases are judged while the closure is walked.
    assess: assessRelease,
    resolve: (question) =>
      resolve({
        ...question,
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
