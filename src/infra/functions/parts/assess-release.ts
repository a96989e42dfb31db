import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { openRecentPages } from '../../../workflow/recent-pages.ts';
import { currentFirewall } from './current-firewall.ts';
import { ownPackages } from './own-packages.ts';

/** The upstream index. The resolver and the assessment share the pages that it has just read. */
export const pages = openRecentPages(ownPackages.index, Date.now);

/** Assesses one release under the current policy. */
export const assessRelease: WorkflowPorts['assess'] = async ({ name, version, requiredBy }) => {
  const firewall = await currentFirewall();
  return firewall.assess({ name, version, requiredBy, files: 'later', ...(await pages.pageOf({ name })) });
};
