import { metricNames } from '../metric-names.ts';
import { assessRelease } from './parts/assess-release.ts';
import { countMetric } from './parts/count-metric.ts';
import { currentFirewall } from './parts/current-firewall.ts';
import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('Assess', async () => {
  await currentFirewall();
  return {
    assess: async (release) => {
      const assessed = await assessRelease(release);
      countMetric(metricNames.verdicts, 1, { Level: assessed.verdict.level });
      return assessed;
    },
  };
});
