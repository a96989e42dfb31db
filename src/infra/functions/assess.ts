import { metricNames } from '../metric-names.ts';
import { assessRelease } from './parts/assess-release.ts';
import { count } from './parts/metrics.ts';
import { firewallNow } from './parts/open-firewall.ts';
import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('Assess', async () => {
  await firewallNow();
  return {
    assess: async (release) => {
      const assessed = await assessRelease(release);
      count(metricNames.verdicts, 1, { Level: assessed.verdict.level });
      return assessed;
    },
  };
});
