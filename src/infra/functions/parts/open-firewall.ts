import { openFirewall } from '../../../firewall/firewall.ts';
import { openSources } from '../../../firewall/sources/sources.ts';
import type { Sources } from '../../../firewall/sources/types.ts';
import type { Firewall } from '../../../firewall/types.ts';
import { version } from '../../../version.ts';
import { openIndexInspector } from '../../../workflow/inspector.ts';
import { once } from './once.ts';
import { secretOf } from './parameter.ts';
import { currentPolicy } from './policy-object.ts';
import { environmentValue } from './surroundings.ts';
import { fetchWeb, openUpstream } from './web.ts';

const upstream = openUpstream();

const sources = once(async (): Promise<Sources> => {
  const githubToken = await secretOf('GITHUB_TOKEN_PARAMETER');
  return openSources({
    fetch: fetchWeb,
    addresses: {
      pypi: environmentValue('PYPI_URL'),
      pypistats: environmentValue('PYPISTATS_URL'),
      github: environmentValue('GITHUB_URL'),
      depsDev: environmentValue('DEPS_DEV_URL'),
      osv: environmentValue('OSV_URL'),
    },
    githubToken,
    now: Date.now,
    userAgent: `awspip/${version}`,
  });
});

let opened: { readonly policy: unknown; readonly firewall: Firewall } | undefined;

/** The package firewall under the policy that is in force now; its sources' answers are kept while it stays warm. */
export async function firewallNow(): Promise<Firewall> {
  const policy = await currentPolicy();
  if (opened?.policy !== policy) {
    const inspect = openIndexInspector(upstream, Date.now);
    opened = { policy, firewall: openFirewall({ policy, sources: await sources(), now: Date.now, inspect }) };
  }
  return opened.firewall;
}
