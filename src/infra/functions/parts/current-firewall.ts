import { openFirewall } from '../../../firewall/firewall.ts';
import { openSources } from '../../../firewall/sources/sources.ts';
import type { Sources } from '../../../firewall/sources/types.ts';
import type { Firewall } from '../../../firewall/types.ts';
import { once } from '../../../once.ts';
import { openIndexInspector } from '../../../workflow/inspector.ts';
import { currentPolicy } from './current-policy.ts';
import { readSecret } from './read-secret.ts';
import { sourceSettings } from './source-settings.ts';
import { openUpstream } from './web.ts';

const upstream = openUpstream();

const sources = once(async (): Promise<Sources> => {
  const githubToken = await readSecret('GITHUB_TOKEN_PARAMETER');
  return openSources({ ...sourceSettings(), githubToken });
});

let opened: { readonly policy: unknown; readonly firewall: Firewall } | undefined;

/**
 * Returns the package firewall under the current policy. Its sources' caches live as long as the function's process.
 */
export async function currentFirewall(): Promise<Firewall> {
  const policy = await currentPolicy();
  if (opened?.policy !== policy) {
    const inspect = openIndexInspector(upstream, Date.now);
    opened = { policy, firewall: openFirewall({ policy, sources: await sources(), now: Date.now, inspect }) };
  }
  return opened.firewall;
}
