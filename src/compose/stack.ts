import { existsSync } from 'node:fs';
import { AwspipError } from '../errors.ts';
import { registerConfiguration, registerMilliseconds } from '../local/lifecycle/control-client.ts';
import { ensureStack } from '../local/lifecycle/ensure-stack.ts';
import { olderStackFolders, stackFolder } from '../local/lifecycle/stack-folders.ts';
import { startDetached } from '../local/lifecycle/start-detached.ts';
import { stateFiles } from '../local/lifecycle/state-files.ts';
import type { RunningStack } from '../local/lifecycle/types.ts';
import type { DomainAccess } from '../local/types.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { sourceUrls } from './source-urls.ts';
import type { StackConfiguration } from './stack-configuration.ts';

/** Returns the local stack of this user, and starts it when it does not run. @throws {AwspipError} of `ensureStack` */
export function runningStack(context: ProcessContext): Promise<RunningStack> {
  return context.waits.spend(() => ensureRunning(context));
}

async function ensureRunning(context: ProcessContext): Promise<RunningStack> {
  const { environment, now, unique, settings } = context;
  const stateDirectory = stackFolderOf(context);
  const configuration = { stateDirectory: context.stateDirectory, idleSeconds: settings.idleMinutes * 60 };
  return ensureStack({
    stateDirectory,
    olderDirectories: await olderStackFolders(context.stateDirectory, version),
    spawn: (logFile) => startDetached({ stateDirectory, configuration, id: unique(), logFile, environment }),
    waitSeconds: context.waits.remaining() / 1000,
    now,
  });
}

/** A stack that stops while a configuration is registered is started again this often. */
const maxTries = 5;
/** A registration is work of the command rather than a wait, so it gets some seconds in any case. */
const minRegisterMilliseconds = 10_000;

/** Returns the domain and the state machine for the configuration of this command. Starts the stack when needed. */
export async function openDomainAccess(context: ProcessContext): Promise<DomainAccess> {
  const configuration = await stackConfiguration(context);
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const stack = await runningStack(context);
    const milliseconds = Math.min(registerMilliseconds, Math.max(minRegisterMilliseconds, context.waits.remaining()));
    const access = await context.waits.spend(() => registerConfiguration(stack, configuration, milliseconds));
    if (access !== undefined) return access;
    await context.sleep(100 * tries);
  }
  throw new AwspipError('stack-not-started', 'the local stack stopped while it read the configuration', {
    exit: 'unavailable',
    hint: 'read the log with `awspip local logs`',
  });
}

/** Returns the folder of the stack of this awspip version. */
export function stackFolderOf({ stateDirectory }: ProcessContext): string {
  return stackFolder(stateDirectory, version);
}

/** Whether the local stack of this user was ever started. */
export function hasRun(context: ProcessContext): boolean {
  return existsSync(stateFiles(stackFolderOf(context)).log);
}

/** Returns the configuration of this command: its settings, and pip's indexes. */
export async function stackConfiguration(context: ProcessContext): Promise<StackConfiguration> {
  const { settings } = context;
  return {
    upstream: readMachineConfiguration(context).upstream,
    sources: sourceUrls(settings),
    githubToken: settings.githubToken,
    slackWebhook: settings.slackWebhook,
    webhookSecret: settings.webhookSecret,
    policy: settings.policy === undefined ? undefined : await readText(settings.policy),
  };
}

/** The libraries that read a policy file load only if there is one. */
async function readText(file: string): Promise<string> {
  return (await import('../firewall/read-policy-text.ts')).readPolicyText(file);
}
