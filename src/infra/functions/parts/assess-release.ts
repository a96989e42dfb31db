import type { Release } from '../../../index/types.ts';
import { openRecentPages } from '../../../workflow/recent-pages.ts';
import { firewallNow } from './open-firewall.ts';
import { openUpstream } from './web.ts';

const pages = openRecentPages(openUpstream(), Date.now);

/** What the firewall says of one release, by the policy that is in force now. */
export async function assessRelease({ name, version }: Release) {
  const firewall = await firewallNow();
  return firewall.assess({ name, version, ...(await pages.pageOf({ name })) });
}
