import { SFNClient } from '@aws-sdk/client-sfn';
import { releaseStatus } from '../../codeartifact/release-status.ts';
import { isInternal } from '../../firewall/lists.ts';
import { nearestNames, popularityUnder } from '../../firewall/other-index.ts';
import type { Policy } from '../../firewall/policy.ts';
import type { ProjectName } from '../../index/types.ts';
import { once } from '../../once.ts';
import { isRunning } from '../../vetting/is-running.ts';
import type { Claim } from '../../workflow/claim.ts';
import type { RequestEnd } from '../../workflow/conclude.ts';
import { publishPolicy } from '../../workflow/publish-policy.ts';
import { resolve } from '../../workflow/resolver/resolve.ts';
import type { TaskName } from '../../workflow/task-names.ts';
import type { Task } from '../../workflow/tasks.ts';
import type { functionOfTask } from '../function-names.ts';
import { metricNames } from '../metric-names.ts';
import { assessRelease, pages } from './parts/assess-release.ts';
import { artifactRepository } from './parts/codeartifact.ts';
import { countMetric } from './parts/count-metric.ts';
import { currentFirewall } from './parts/current-firewall.ts';
import { currentPolicy, currentPolicyFacts, policyActor, rememberCurrentPolicy } from './parts/current-policy.ts';
import { environmentValue } from './parts/environment-value.ts';
import { currentInspection } from './parts/file-inspection.ts';
import { ownPackages } from './parts/own-packages.ts';
import { store } from './parts/record-table.ts';
import { taskHandler } from './parts/task-handler.ts';

const engine = once(async () => new SFNClient({}));

const review = taskHandler('Review');
const fail = taskHandler('Fail');

/** The tasks of this function. */
type DecideTask = { [Name in TaskName]: (typeof functionOfTask)[Name] extends 'Decide' ? Name : never }[TaskName];

const handlers: Record<DecideTask, Task> = {
  Claim: taskHandler('Claim', async () => ({ isRunning: async (arn) => isRunning(await engine(), arn) })),
  Resolve: taskHandler('Resolve', resolvePorts),
  ClaimReleases: taskHandler('ClaimReleases', async () => ({ policy: await currentPolicyFacts() })),
  Assess: taskHandler('Assess', assessPorts),
  FailBatch: taskHandler('FailBatch'),
  Review: async (payload) => {
    const answer = (await review(payload)) as { readonly end?: RequestEnd };
    if (answer.end !== undefined) countEnd(answer.end, (payload as { readonly claim: Claim }).claim);
    return answer;
  },
  Fail: async (payload) => {
    const end = await fail(payload);
    countMetric(metricNames.ended, 1, { Status: 'ERROR' });
    return end;
  },
};

/** Runs the task that the payload names, if it is one of this function. */
export async function handler(payload: { readonly task?: string }): Promise<unknown> {
  const { task = '' } = payload;
  if (Object.hasOwn(handlers, task)) return handlers[task as DecideTask](payload);
  throw new Error(`the function Decide has no task \`${String(task).slice(0, 50)}\``);
}

let published: Policy | undefined;

async function publishOnce(policy: Policy): Promise<void> {
  if (policy === published) return;
  await publishPolicy(policy, { store: store(), actor: policyActor(), now: Date.now });
  published = policy;
}

async function resolvePorts() {
  const policy = await currentPolicy();
  await Promise.all([rememberCurrentPolicy(), publishOnce(policy)]);
  const popular = popularityUnder(policy);
  const nearest = (name: ProjectName) => nearestNames(popular, name);
  const isPrivate = (name: ProjectName) => isInternal(policy, name);
  return {
    policy: await currentPolicyFacts(),
    // The resolver assesses releases within cooldown.
    assess: assessRelease,
    inspectListed: (await currentInspection()).inspectListed,
    secureStatus: async (release: Parameters<typeof releaseStatus>[1]) =>
      (await releaseStatus({ ...artifactRepository(), repository: environmentValue('SECURE_REPOSITORY') }, release))
        ?.status,
    resolve: ownPackages.resolving((query) =>
      resolve({ ...query, index: pages.index, nearest, isPrivate, now: Date.now }),
    ),
  };
}

async function assessPorts() {
  await currentFirewall();
  return {
    assess: async (release: Parameters<typeof assessRelease>[0]) => {
      const assessed = await assessRelease(release);
      countMetric(metricNames.verdicts, 1, { Level: assessed.verdict.level });
      return assessed;
    },
  };
}

function countEnd({ status }: RequestEnd, { startedAt }: Claim): void {
  countMetric(metricNames.ended, 1, { Status: status });
  if (status === 'SECURE') countMetric(metricNames.secondsToSecure, (Date.now() - Date.parse(startedAt)) / 1000);
}
