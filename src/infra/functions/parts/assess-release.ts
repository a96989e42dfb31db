import type { Release } from '../../../index/types.ts';
import { openRecentPages } from '../../../workflow/recent-pages.ts';
import { currentFirewall } from './current-firewall.ts';
import { openUpstream } from './web.ts';

const pages = openRecentPages(openUpstream(), Date.now);

/** Assesses one release under the current policy. */
export async function assessRelease({ name, version }: Release) {
  const firewall = await currentFirewall();
  return firewall.assess({ name, version, ...(await pages.pageOf({ name })) });
}
