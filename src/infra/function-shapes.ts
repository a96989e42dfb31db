import type { FunctionName } from './function-names.ts';
import type { InfraOptions } from './options.ts';

/** What differs from function to function: seconds and megabytes, and how many may run at once. */
export type FunctionShape = {
  readonly seconds: number;
  readonly memory: number;
  /** Reserved concurrent executions; absent for the account's common pool. */
  readonly max?: number;
  readonly description: string;
};

/** Longer than a state waits would only cost: the States Language document says how long each task may take. */
const quick = { seconds: 60, memory: 512 };

/**
 * CodeArtifact takes five copies a second from an account: two copying functions, each pacing itself to two a second,
 * stay below it. Imports take up to four minutes of waiting each; ten functions of thirteen releases wait at once.
 */
export const functionShapes: Readonly<Record<FunctionName, FunctionShape>> = {
  Claim: { ...quick, description: 'Claims a request for one execution' },
  Resolve: { seconds: 600, memory: 1769, description: 'Walks what a request needs, from static metadata' },
  ClaimReleases: { ...quick, description: 'Claims the free releases of a batch' },
  Assess: { seconds: 600, memory: 1024, description: 'Asks the package firewall about each release of a batch' },
  Ingest: { seconds: 840, memory: 512, max: 10, description: 'Brings allowed releases into package-install' },
  Copy: { seconds: 600, memory: 512, max: 2, description: 'Copies the judged revision to secure-pypi' },
  Settle: { ...quick, description: 'Leaves nothing of a batch half done' },
  FailBatch: { ...quick, description: 'Ends a batch whose task failed' },
  Review: { seconds: 120, memory: 512, description: 'Looks whether every release of a request came to its end' },
  Conclude: { seconds: 120, memory: 512, description: 'Writes how a request ended' },
  Notify: { ...quick, description: 'Tells people of refusals' },
  Fail: { ...quick, description: 'Ends a request whose execution failed' },
  PackageCheck: { seconds: 30, memory: 1024, max: 20, description: 'The package firewall as an HTTP API' },
  Missing: { ...quick, max: 2, description: 'Starts a vetting when plain pip met a 404, within bounds' },
  Imported: { ...quick, max: 2, description: 'Takes up releases whose import outlasted the wait for it' },
  Recheck: { seconds: 900, memory: 1024, max: 1, description: 'Looks secure releases up again; asks for newer ones' },
};

/** What functions are told; no secret: those lie in parameters that are read when needed. */
export function environmentOf(
  name: FunctionName,
  options: InfraOptions,
  known: {
    readonly owner: string;
    readonly policyBucket: string;
    readonly policyKey: string;
    readonly githubToken: string;
    readonly slackWebhook: string;
    readonly stateMachineArn: string;
    readonly fetchDocument?: string | undefined;
    readonly instanceId?: string | undefined;
  },
): Record<string, string> {
  const artifact = {
    DOMAIN: options.domain,
    DOMAIN_OWNER: known.owner,
    SECURE_REPOSITORY: options.secureRepository,
    INSTALL_REPOSITORY: options.installRepository,
  };
  const policy = { POLICY_BUCKET: known.policyBucket, POLICY_KEY: known.policyKey };
  const sources = {
    PYPI_URL: options.pypiUrl,
    PYPISTATS_URL: options.pypistatsUrl,
    GITHUB_URL: options.githubUrl,
    DEPS_DEV_URL: options.depsDevUrl,
    OSV_URL: options.osvUrl,
    GITHUB_TOKEN_PARAMETER: known.githubToken,
    UPSTREAM_INDEX: options.upstreamIndex,
  };
  const slack = { SLACK_WEBHOOK_PARAMETER: known.slackWebhook };
  const command = { FETCH_DOCUMENT: known.fetchDocument ?? '', INSTANCE_ID: known.instanceId ?? '' };
  const start = { STATE_MACHINE_ARN: known.stateMachineArn };
  const more: Partial<Record<FunctionName, Record<string, string>>> = {
    Resolve: { ...policy, ...sources },
    ClaimReleases: policy,
    Assess: { ...policy, ...sources },
    Ingest: { ...artifact, ...(options.ingest === 'ssm' ? command : {}) },
    Copy: artifact,
    Notify: { ...policy, ...slack },
    PackageCheck: { ...policy, ...sources },
    Missing: { ...start, EVENTS_PER_MINUTE: String(options.eventsPerMinute) },
    Imported: start,
    Recheck: {
      ...artifact,
      ...policy,
      ...slack,
      ...start,
      OSV_URL: options.osvUrl,
      UPSTREAM_INDEX: options.upstreamIndex,
    },
  };
  return { TABLE: options.table, PROXY_URL: options.proxyUrl, ...more[name] };
}
