import { codeArtifactClient, stepFunctionsClient } from '../aws/clients.ts';
import { copyRelease } from '../codeartifact/copy-release.ts';
import { releaseStatus } from '../codeartifact/release-status.ts';
import { repositoryAccess } from '../codeartifact/repository-access.ts';
import { repositoryEndpoint } from '../codeartifact/repository-endpoint.ts';
import { openRepositoryFiles } from '../codeartifact/repository-files.ts';
import { importedRelease, requestImport } from '../codeartifact/request-import.ts';
import { isInternal } from '../firewall/lists.ts';
import { openModes } from '../firewall/observe.ts';
import { nearestNames, popularityUnder } from '../firewall/other-index.ts';
import type { Policy } from '../firewall/policy.ts';
import { pypiIntegrity } from '../firewall/sources/pypi-integrity.ts';
import type { Firewall } from '../firewall/types.ts';
import { temporaryFolder } from '../folders.ts';
import type { Http } from '../index/http-types.ts';
import type { ProjectName, UpstreamIndex } from '../index/types.ts';
import { localDeployment } from '../local/deployment.ts';
import { inProcessHttp } from '../local/in-process-http.ts';
import { stackNames } from '../local/names.ts';
import { secureIndex } from '../local/secure-index.ts';
import type { InnerAccess, Task } from '../local/types.ts';
import { once } from '../once.ts';
import { environmentFromUserAgent } from '../pip/user-agent.ts';
import { actorOfProcess, type ProcessContext } from '../process-context.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { isRunning } from '../vetting/is-running.ts';
import { openFileContents } from '../workflow/file-contents.ts';
import { inspectsCode, openFileInspection } from '../workflow/file-inspection.ts';
import { openInspectionWorker } from '../workflow/inspection-worker.ts';
import { openChannels } from '../workflow/notices/open-channels.ts';
import { openNotices } from '../workflow/notices/open-notices.ts';
import { openOwnPackages } from '../workflow/open-own-packages.ts';
import { policyFacts } from '../workflow/policy-facts.ts';
import type { WorkflowPorts } from '../workflow/ports.ts';
import { postOver } from '../workflow/post-over.ts';
import { publishPolicy } from '../workflow/publish-policy.ts';
import type { RecentFiles } from '../workflow/recent-files.ts';
import { openRecentPages, requestPages } from '../workflow/recent-pages.ts';
import { resolve } from '../workflow/resolver/resolve.ts';
import type { TaskName } from '../workflow/task-names.ts';
import { workflowTasks } from '../workflow/tasks.ts';
import type { StackConfiguration } from './stack-configuration.ts';
import { openStore } from './vetting.ts';

/** The services that the tasks of a stack share. */
type TaskParts = {
  readonly access: InnerAccess;
  readonly upstream: UpstreamIndex;
  readonly files: RecentFiles;
  readonly firewallOf: (policy: Policy) => Firewall;
  readonly policy: Policy;
  readonly http: Http;
};

/** Opens the workflow's tasks, which are Lambda functions on AWS. They use the local stack through the SDK's clients. */
export function openTasks(
  context: ProcessContext,
  configuration: StackConfiguration,
  parts: TaskParts,
): Record<TaskName, Task> {
  let opened: { readonly policy: Policy; readonly tasks: () => Promise<Record<TaskName, Task>> } | undefined;
  const modes = openModes();
  const store = once(async () => openStore(context, localDeployment(parts.access, { answer: parts.access.answer })));
  const tasks = async () => {
    const policy = modes(parts.policy, await (await store()).store.policySwitch(), context.now());
    if (opened?.policy !== policy) {
      // The table may be unavailable for a moment, so a failed attempt is repeated.
      const open = once(async () => workflowTasks(await workflowPorts(context, configuration, { ...parts, policy })));
      opened = { policy, tasks: open };
    }
    return opened.tasks();
  };
  // The SDK's modules are loaded when the first execution needs them, so that the stack starts faster.
  return new Proxy({} as Record<TaskName, Task>, {
    get: (_, name: TaskName) => async (payload: never) => (await tasks())[name](payload),
  });
}

async function workflowPorts(
  context: ProcessContext,
  configuration: StackConfiguration,
  parts: TaskParts,
): Promise<WorkflowPorts> {
  const { access, policy, http } = parts;
  const firewall = parts.firewallOf(policy);
  const { slackWebhook, webhookSecret } = configuration;
  const deployment = localDeployment(access, { answer: access.answer });
  const popular = popularityUnder(policy);
  const nearest = (name: ProjectName) => nearestNames(popular, name);
  const [{ store }, client, engine] = await Promise.all([
    openStore(context, deployment),
    codeArtifactClient(deployment.client),
    stepFunctionsClient(deployment.client),
  ]);
  const { domain, domainOwner } = deployment;
  await publishPolicy(policy, { store, actor: actorOfProcess(), now: context.now });
  const { install: from, secure: to } = stackNames;
  const channels = openChannels({
    ...{ policy, post: postOver(http), now: context.now },
    slack: slackWebhook === undefined ? undefined : new Secret(slackWebhook),
    webhookSecret: webhookSecret === undefined ? undefined : new Secret(webhookSecret),
  });
  const isPrivate = (name: ProjectName) => isInternal(policy, name);
  const own = openOwnPackages({
    ...{ upstream: parts.upstream, sources: configuration.upstream, secure: secureIndex(access), isPrivate },
    location: { client, domain, domainOwner, repository: to },
  });
  const pages = openRecentPages(own.index, context.now, requestPages);
  const installAccess = repositoryAccess({
    ...{ client: async () => client, domain, domainOwner, repository: from, cache: undefined },
    ...{ identity: deployment.identity, now: context.now },
  });
  const ports = { http: inProcessHttp(http, access), now: context.now, sleep: context.sleep };
  const install = () => repositoryEndpoint(installAccess, ports);
  const reader = openInspectionWorker();
  const contents = openFileContents({
    ...reader,
    inspectsCode: inspectsCode(policy),
    temporaryFolder: temporaryFolder(),
  });
  return {
    store,
    resolve: own.resolving((request) =>
      resolve({
        ...request,
        ...{ index: pages.index, readFacts: pages.readFacts },
        expect: (file) => parts.files.fetch(file, (archive) => contents.readAhead(file, archive)),
        nearest,
        isPrivate,
        now: context.now,
      }),
    ),
    assess: async (release) => firewall.assess({ ...release, files: 'later', ...(await pages.pageOf(release)) }),
    requestImport: async (release, sha256, preferred) =>
      requestImport({
        ...{ client, domain, domainOwner, repository: from, release, sha256, preferred, fetch: contents.fetch },
        ...(await install()),
      }),
    imported: (release) => importedRelease({ client, domain, domainOwner, repository: from }, release),
    ...openFileInspection({
      repository: async () => openRepositoryFiles(await install()),
      ...{ upstream: pages.recent, readFacts: pages.readFacts },
      ...{ policy, now: context.now },
      isRanked: (name) => popular.rankOf(name) !== null,
      attested: pypiIntegrity({
        http,
        addresses: configuration.sources,
        now: context.now,
        userAgent: `awspip/${version}`,
      }),
      readContent: contents.read,
      inspectFile: reader.inspectFile,
      temporaryFolder: temporaryFolder(),
    }),
    copy: (release, revision) =>
      copyRelease({ client, domain, domainOwner, from, to, release, revision, sleep: context.sleep }),
    secureStatus: async (release) =>
      (await releaseStatus({ client, domain, domainOwner, repository: to }, release))?.status,
    isRunning: (arn) => isRunning(engine, arn),
    notify: openNotices({ policy, channels, store, now: context.now }).notify,
    policy: policyFacts(policy, firewall.policyVersion, context.now),
    environmentOf: environmentFromUserAgent,
    now: context.now,
    every: context.every,
  };
}
