import type { FunctionName } from './function-names.ts';
import { globOf } from './internal-names.ts';
import type { InfraOptions } from './options.ts';

/** The settings that differ between the functions. */
export type FunctionConfiguration = {
  /** The timeout. */
  readonly seconds: number;
  /** Megabytes. */
  readonly memory: number;
  /** Megabytes of `/tmp`. Default 512. */
  readonly temporary?: number;
  /** Reserved concurrent executions; absent for the account's unreserved concurrency. */
  readonly maxConcurrency?: number;
  readonly description: string;
};

/** The default. A function's timeout is at least that of its states in the States Language document. */
const defaults = { seconds: 60, memory: 512 };

/** A batch has at most 25 releases, and further calls of the state machine wait for a free function. */
export const functionConfigurations: Readonly<Record<FunctionName, FunctionConfiguration>> = {
  Decide: {
    seconds: 600,
    memory: 1769,
    description: 'Claims and resolves a request, assesses its releases, and writes its verdict',
  },
  // The largest page, of 128 MiB, takes about 600 MB while it is parsed, by calculation.
  Ingest: { seconds: 600, memory: 1024, maxConcurrency: 10, description: 'Imports releases into package-install' },
  Inspect: {
    seconds: 840,
    memory: 1769,
    temporary: 10_240,
    maxConcurrency: 10,
    description: 'Inspects the files of allowed releases',
  },
  Copy: { seconds: 600, memory: 512, maxConcurrency: 10, description: 'Copies imported revisions to secure-pypi' },
  Notify: { ...defaults, description: 'Sends a notice about a request that is not SECURE' },
  PackageCheck: { seconds: 30, memory: 1024, maxConcurrency: 20, description: 'The package firewall as an HTTP API' },
  Missing: {
    ...defaults,
    maxConcurrency: 2,
    description: 'Starts a vetting after a 404 of plain pip, with a limit per minute',
  },
  Imported: { ...defaults, maxConcurrency: 2, description: 'Requests releases again whose import finished late' },
  Recheck: {
    seconds: 900,
    memory: 1024,
    maxConcurrency: 1,
    description: 'Checks vetted releases again and requests newer ones',
  },
};

/** The Ingest function of a deployment with indexes: it holds one file of at most 5 GB while it transfers it. */
const transferring = { memory: 1769, temporary: 10_240 };

/** Returns the settings of a function. */
export const configurationOf = (
  name: FunctionName,
  { indexes }: Pick<InfraOptions, 'indexes'>,
): FunctionConfiguration => ({
  ...functionConfigurations[name],
  ...(name === 'Ingest' && indexes.length > 0 ? transferring : {}),
});

/** Returns a function's environment variables. Secrets are not among them; functions read those from parameters. */
export function environmentOf(
  name: FunctionName,
  options: InfraOptions,
  values: {
    readonly account: string;
    readonly owner: string;
    readonly policyBucket: string;
    readonly policyKey: string;
    readonly githubToken: string;
    readonly slackWebhook: string;
    readonly webhookSecret: string;
    readonly stateMachineArn: string;
    readonly fetchDocument?: string | undefined;
    readonly instanceId?: string | undefined;
  },
): Record<string, string> {
  const artifact = {
    DOMAIN: options.domain,
    DOMAIN_OWNER: values.owner,
    SECURE_REPOSITORY: options.secureRepository,
    INSTALL_REPOSITORY: options.installRepository,
  };
  const indexes = options.indexes.length === 0 ? {} : { INDEXES: JSON.stringify(options.indexes) };
  const policy = {
    POLICY_BUCKET: values.policyBucket,
    POLICY_BUCKET_OWNER: values.account,
    POLICY_KEY: values.policyKey,
    INTERNAL_NAMES: options.internalNames.map(globOf).join(','),
    ...indexes,
  };
  const sources = {
    PYPI_URL: options.pypiUrl,
    PYPISTATS_URL: options.pypistatsUrl,
    GITHUB_URL: options.githubUrl,
    DEPS_DEV_URL: options.depsDevUrl,
    OSV_URL: options.osvUrl,
    GITHUB_TOKEN_PARAMETER: values.githubToken,
    UPSTREAM_INDEX: options.upstreamIndex,
  };
  const notices = {
    SLACK_WEBHOOK_PARAMETER: values.slackWebhook,
    WEBHOOK_SECRET_PARAMETER: values.webhookSecret,
    ...(options.noticeTopicArn === undefined ? {} : { NOTICE_TOPIC: options.noticeTopicArn }),
  };
  const command = { FETCH_DOCUMENT: values.fetchDocument ?? '', INSTANCE_ID: values.instanceId ?? '' };
  const start = { STATE_MACHINE_ARN: values.stateMachineArn };
  const byFunction: Partial<Record<FunctionName, Record<string, string>>> = {
    Decide: { ...artifact, ...policy, ...sources },
    Ingest: { ...artifact, ...indexes, ...(options.ingest === 'ssm' ? command : {}) },
    Inspect: { ...artifact, ...policy, ...sources },
    Copy: artifact,
    Notify: { ...policy, ...notices },
    PackageCheck: { ...policy, ...sources },
    Missing: { ...start, EVENTS_PER_MINUTE: String(options.eventsPerMinute) },
    Imported: start,
    Recheck: {
      ...artifact,
      ...policy,
      ...notices,
      ...start,
      OSV_URL: options.osvUrl,
      UPSTREAM_INDEX: options.upstreamIndex,
    },
  };
  return { TABLE: options.table, PROXY_URL: options.proxyUrl, ...byFunction[name] };
}
