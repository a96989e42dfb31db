import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import type { UpstreamConfiguration } from '../index/types.ts';
import { ensureStack } from '../local/lifecycle/ensure-stack.ts';
import { startDetached } from '../local/lifecycle/start-detached.ts';
import { stateFiles } from '../local/lifecycle/state-files.ts';
import type { RunningStack } from '../local/lifecycle/types.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { sourceUrls } from './source-urls.ts';

/** What the background process needs from the command that starts it. It contains secrets. */
export type StackConfiguration = {
  readonly stateDirectory: string;
  readonly fingerprint: string;
  readonly upstream: UpstreamConfiguration;
  readonly sources: ReturnType<typeof sourceUrls>;
  readonly githubToken?: string | undefined;
  readonly slackWebhook?: string | undefined;
  /** The text of the policy file. Absent for the recommended policy. */
  readonly policy?: string | undefined;
  readonly idleSeconds: number;
};

/**
 * Returns the local stack of this user, and starts or replaces it when needed. A stack with another configuration, such
 * as another index or policy, is replaced, so that packages are vetted with the settings of this command.
 */
export async function runningStack(context: ProcessContext): Promise<RunningStack> {
  const { stateDirectory, environment, now, unique } = context;
  const configuration = await stackConfiguration(context);
  return ensureStack({
    stateDirectory,
    version,
    fingerprint: configuration.fingerprint,
    spawn: (logFile) => startDetached({ stateDirectory, configuration, id: unique(), logFile, environment }),
    now,
  });
}

/** Whether the local stack of this user was ever started. */
export function hasRun({ stateDirectory }: ProcessContext): boolean {
  return existsSync(stateFiles(stateDirectory).log);
}

/** Returns the configuration of the stack by the settings of this command and pip's configuration. */
export async function stackConfiguration(context: ProcessContext): Promise<StackConfiguration> {
  const { settings, stateDirectory } = context;
  const configuration = {
    upstream: readMachineConfiguration(context).upstream,
    sources: sourceUrls(settings),
    githubToken: settings.githubToken,
    slackWebhook: settings.slackWebhook,
    policy: settings.policy === undefined ? undefined : await readPolicyText(settings.policy),
    idleSeconds: settings.idleMinutes * 60,
  };
  const fingerprint = createHash('sha256').update(JSON.stringify(configuration)).digest('hex').slice(0, 16);
  return { stateDirectory, fingerprint, ...configuration };
}
