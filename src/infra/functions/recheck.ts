import { setStatus } from '../../codeartifact/set-status.ts';
import { policyVersion, recommendedPolicy } from '../../firewall/policy.ts';
import { openSources } from '../../firewall/sources/sources.ts';
import type { ProjectName } from '../../index/types.ts';
import { version } from '../../version.ts';
import type { ReleaseRecord } from '../../vetting/types.ts';
import { automaticRequest, nextAttempt } from '../../workflow/event-request.ts';
import { countStuck, type RecheckSummary, recheck } from '../../workflow/recheck.ts';
import { metricNames } from '../metric-names.ts';
import { artifactRepository } from './parts/codeartifact.ts';
import { countMetric } from './parts/count-metric.ts';
import { currentPolicy } from './parts/current-policy.ts';
import { environmentValue } from './parts/environment-value.ts';
import { nextSecureReleases } from './parts/next-secure-releases.ts';
import { notices } from './parts/notices.ts';
import { recordTable, store } from './parts/record-table.ts';
import { startExecution } from './parts/start-execution.ts';
import { http, openUpstream } from './parts/web.ts';

const upstream = openUpstream();

/** Handles the schedules: it counts stuck requests and sends digests every ten minutes, and checks vetted releases once a day. */
export async function handler(
  event?: { readonly only?: string } | null,
): Promise<RecheckSummary | { readonly stuck: number }> {
  if (event?.only !== 'stuck') return recheckAll();
  const { requests } = await store().listByStatus('CHECK', { limit: 1000 });
  const stuck = countStuck(requests, Date.now());
  countMetric(metricNames.stuck, stuck);
  // The digest of the notices that were collected in the last ten minutes.
  const policy = await currentPolicy().catch(() => recommendedPolicy);
  await (await notices(policy)).flush();
  return { stuck };
}

async function recheckAll(): Promise<RecheckSummary> {
  const policy = await currentPolicy();
  const { malware } = openSources({
    http,
    addresses: { osv: environmentValue('OSV_URL'), pypi: '', pypistats: '', github: '', depsDev: '' },
    now: Date.now,
    userAgent: `awspip/${version}`,
  });
  const summary = await recheck({
    store: store(),
    secureReleases: () => nextSecureReleases({ ...recordTable(), now: Date.now() }),
    malware,
    page: async (name) => {
      const answer = await upstream.page(name);
      return answer.kind === 'found' ? answer.page : undefined;
    },
    policy,
    policyVersion: policyVersion(policy),
    archive,
    request,
    notify: async (title, lines) => (await notices(policy)).report(title, lines),
    now: Date.now,
  });
  countMetric(metricNames.archived, summary.archived);
  process.stdout.write(`${JSON.stringify({ rechecked: summary })}\n`);
  if (summary.failures.length > 0) throw new Error(`the recheck had failures: ${summary.failures[0]}`);
  return summary;
}

/** Archives a release in secure-pypi. A person or an interrupted run may have done it already. */
async function archive({ name, version: archivedVersion }: ReleaseRecord): Promise<void> {
  const secure = { ...artifactRepository(), repository: environmentValue('SECURE_REPOSITORY') };
  const { failed } = await setStatus(secure, name, [archivedVersion], 'Archived');
  const failure = failed[archivedVersion];
  if (failure !== undefined) throw new Error(failure);
}

async function request(name: ProjectName): Promise<boolean> {
  const content = automaticRequest([name], { noDeps: false, upgrade: true }, 'recheck');
  const next = await nextAttempt(content, { store: store(), now: Date.now });
  return next !== undefined && (await startExecution(`${next.requestId}-${next.attempt}`, next)) === 'started';
}
