import { recentPages } from '../../workflow/recent-pages.ts';
import { metricNames } from '../metric-names.ts';
import { count } from './parts/metrics.ts';
import { firewallNow } from './parts/open-firewall.ts';
import { taskHandler } from './parts/task-handler.ts';
import { openUpstream } from './parts/web.ts';

const pages = recentPages(openUpstream(), Date.now);

export const handler = taskHandler('Assess', async () => {
  const firewall = await firewallNow();
  return {
    assess: async ({ name, version }) => {
      const assessed = await firewall.assess({ name, version, ...(await pages.of({ name })) });
      count(metricNames.verdicts, 1, { Level: assessed.verdict.level });
      return assessed;
    },
  };
});
