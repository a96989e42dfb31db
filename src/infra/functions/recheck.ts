import { UpdatePackageVersionsStatusCommand } from '@aws-sdk/client-codeartifact';
import { policyVersion } from '../../firewall/policy.ts';
import { openSources } from '../../firewall/sources/sources.ts';
import type { ProjectName } from '../../index/types.ts';
import { version } from '../../version.ts';
import type { ReleaseRecord } from '../../vetting/types.ts';
import { automaticRequest, nextAttempt } from '../../workflow/event-request.ts';
import { countStuck, type RecheckSummary, recheck } from '../../workflow/recheck.ts';
import { slackReporter } from '../../workflow/slack.ts';
import { metricNames } from '../metric-names.ts';
import { artifactRepository } from './parts/artifact.ts';
import { count } from './parts/metrics.ts';
import { secretOf } from './parts/parameter.ts';
import { currentPolicy } from './parts/policy-object.ts';
import { records, store } from './parts/records.ts';
import { nextSecure } from './parts/secure-releases.ts';
import { startExecution } from './parts/start.ts';
import { environmentValue } from './parts/surroundings.ts';
import { fetchWeb, openUpstream, post } from './parts/web.ts';

const upstream = openUpstream();

/** Called by the clock: every ten minutes for what is stuck, once a day for all else. */
export async function handler(
  event?: { readonly only?: string } | null,
): Promise<RecheckSummary | { readonly stuck: number }> {
  if (event?.only !== 'stuck') return recheckAll();
  const { requests } = await store().listByStatus('CHECK', { limit: 1000 });
  const stuck = countStuck(requests, Date.now());
  count(metricNames.stuck, stuck);
  return { stuck };
}

async function recheckAll(): Promise<RecheckSummary> {
  const policy = await currentPolicy();
  const { malware } = openSources({
    fetch: fetchWeb,
    addresses: { osv: environmentValue('OSV_URL'), pypi: '', pypistats: '', github: '', depsDev: '' },
    now: Date.now,
    userAgent: `awspip/${version}`,
  });
  const done = await recheck({
    store: store(),
    secureReleases: () => nextSecure({ ...records(), now: Date.now() }),
    malware,
    page: async (name) => {
      const answer = await upstream.page(name);
      return answer.kind === 'found' ? answer.page : undefined;
    },
    policy,
    policyVersion: policyVersion(policy),
    archive,
    request,
    notify: async (title, lines) => {
      const webhook = await secretOf('SLACK_WEBHOOK_PARAMETER');
      if (webhook !== undefined) await slackReporter({ webhook, post })(title, lines);
    },
    now: Date.now,
  });
  count(metricNames.archived, done.archived);
  process.stdout.write(`${JSON.stringify({ rechecked: done })}\n`);
  if (done.failures.length > 0) throw new Error(`not everything could be looked up again: ${done.failures[0]}`);
  return done;
}

/** Archived can be undone by a person; nothing is deleted. */
async function archive({ name, version: released }: ReleaseRecord): Promise<void> {
  const { client, domain, domainOwner } = artifactRepository();
  const { failedVersions } = await client.send(
    new UpdatePackageVersionsStatusCommand({
      domain,
      domainOwner,
      repository: environmentValue('SECURE_REPOSITORY'),
      format: 'pypi',
      package: name,
      versions: [released],
      targetStatus: 'Archived',
    }),
  );
  const failure = failedVersions?.[released];
  // Archived already: by a person, or by a run that did not come to write it down.
  if (failure === undefined || failure.errorCode === 'MISMATCHED_STATUS') return;
  throw new Error(`${failure.errorCode}: ${failure.errorMessage}`);
}

async function request(name: ProjectName): Promise<boolean> {
  const ask = automaticRequest([name], { noDeps: false, upgrade: true }, 'recheck');
  const next = await nextAttempt(ask, { store: store(), now: Date.now });
  return next !== undefined && (await startExecution(`${next.requestId}-${next.attempt}`, next)) === 'started';
}
