import { AwspipError } from '../errors.ts';
import { depsDev } from '../firewall/sources/deps-dev.ts';
import { github } from '../firewall/sources/github.ts';
import { osv } from '../firewall/sources/osv.ts';
import { pypiJson } from '../firewall/sources/pypi-json.ts';
import { pypistats } from '../firewall/sources/pypistats.ts';
import type { SourceSettings } from '../firewall/sources/types.ts';
import type { Signal } from '../firewall/types.ts';
import { discardBody } from '../index/body.ts';
import { openHttp } from '../index/http.ts';
import type { Http } from '../index/http-types.ts';
import { normaliseName } from '../index/names.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { runCheck } from './run-check.ts';
import type { Check } from './types.ts';

const project = normaliseName('pip');
const repository = 'pypa/pip';
const unranked = 'packages outside the most popular 15,000';

/** Checks the sources of signals that the local stack asks, each with one request about pip. */
export async function* sourceChecks(context: ProcessContext): AsyncIterable<Check> {
  const { settings, now } = context;
  const http = openHttp(readMachineConfiguration(context).network);
  const addresses = {
    pypi: settings.pypiUrl,
    pypistats: settings.pypistatsUrl,
    github: settings.githubUrl,
    depsDev: settings.depsDevUrl,
    osv: settings.osvUrl,
  };
  const { githubToken } = settings;
  const options: SourceSettings = {
    http,
    addresses,
    now,
    userAgent: `awspip/${version}`,
    githubToken: githubToken === undefined ? undefined : new Secret(githubToken),
  };
  try {
    const results = [
      runCheck('source PyPI', async () =>
        requireKnown(
          http,
          requireProject(await pypiJson(options)(project)),
          addresses.pypi,
          `${unranked} are put on hold`,
        ),
      ),
      runCheck('source pypistats', async () =>
        requireKnown(http, await pypistats(options)(project), addresses.pypistats, `${unranked} may be put on hold`),
      ),
      runCheck('source GitHub', () => starsSource(http, options)),
      runCheck('source OSV', async () =>
        requireKnown(
          http,
          await osv(options)(project, '1.0'),
          addresses.osv,
          `known malware is not recognised, and ${unranked} are put on hold`,
        ),
      ),
    ];
    for (const result of results) yield await result;
  } finally {
    await http.close();
  }
}

/** Returns an unknown signal if PyPI claims that pip does not exist, as a wrong URL does. */
function requireProject<T>(signal: Signal<T>): Signal<T> {
  if (!signal.known || signal.value !== null) return signal;
  const { source, fetchedAt } = signal;
  return { known: false, source, fetchedAt, why: 'does not know the project pip' };
}

/** Returns the address of a source that answered. */
async function requireKnown(
  http: Http,
  signal: Signal<unknown>,
  address: string,
  consequence: string,
): Promise<string> {
  if (signal.known) return `${address} answers`;
  throw new AwspipError('source-unavailable', `${signal.source} (${address}) ${signal.why}: ${consequence}`, {
    exit: 'unavailable',
    hint:
      (await connectionHint(http, address)) ?? 'run `awspip doctor` again later; vetting goes on without the source',
  });
}

/** Checks GitHub, and deps.dev, which has the stars if GitHub has reached its rate limit. */
async function starsSource(http: Http, options: SourceSettings): Promise<string> {
  const { addresses } = options;
  const [stars, fallback] = await Promise.all([github(options)(repository), depsDev(options)(repository)]);
  if (stars.known) return `${addresses.github} answers`;
  if (fallback.known)
    return `${addresses.github} ${stars.why}; the stars come from ${addresses.depsDev}, which answers`;
  const message = `GitHub (${addresses.github}) ${stars.why}, and deps.dev (${addresses.depsDev}) ${fallback.why}`;
  throw new AwspipError('source-unavailable', `${message}: ${unranked} may be put on hold`, {
    exit: 'unavailable',
    hint: /rate limit/.test(stars.why)
      ? 'set `AWSPIP_GITHUB_TOKEN`, for more than 60 requests an hour'
      : ((await connectionHint(http, addresses.github)) ?? 'run `awspip doctor` again later'),
  });
}

/** Returns the hint for a failed connection to an address; undefined if the connection works. */
async function connectionHint(http: Http, address: string): Promise<string | undefined> {
  try {
    await discardBody(await http.request(address));
    return undefined;
  } catch (error) {
    return error instanceof AwspipError ? error.hint : undefined;
  }
}
