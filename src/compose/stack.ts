import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import type { UpstreamConfiguration } from '../index/types.ts';
import { ensureStack } from '../local/lifecycle/ensure.ts';
import type { RunningStack, StartedProcess } from '../local/lifecycle/types.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';

/** Everything the background process needs to know of whoever starts it. Holds secrets: lies in a file only the user reads. */
export type StackConfiguration = {
  readonly stateDirectory: string;
  readonly fingerprint: string;
  readonly upstream: UpstreamConfiguration;
  readonly sources: Readonly<Record<'pypi' | 'pypistats' | 'github' | 'depsDev' | 'osv', string>>;
  readonly githubToken?: string | undefined;
  readonly slackWebhook?: string | undefined;
  /** Text of the policy file; absent for the recommended policy. */
  readonly policy?: string | undefined;
  readonly idleSeconds: number;
};

/**
 * The local stack of this user, started or replaced if need be.
 *
 * One that was started with another configuration (another index, another policy) is replaced, so that nobody is
 * answered by somebody else's settings.
 */
export async function runningStack(context: ProcessContext): Promise<RunningStack> {
  const configuration = await stackConfiguration(context);
  return ensureStack({
    stateDirectory: context.stateDirectory,
    version,
    fingerprint: configuration.fingerprint,
    spawn: (logFile) => startDetached(configuration, logFile, context),
    now: context.now,
  });
}

/** What this machine's settings and pip say of the stack. */
export async function stackConfiguration(context: ProcessContext): Promise<StackConfiguration> {
  const { settings, stateDirectory } = context;
  const said = {
    upstream: readMachineConfiguration(context).upstream,
    sources: {
      pypi: settings.pypiUrl,
      pypistats: settings.pypistatsUrl,
      github: settings.githubUrl,
      depsDev: settings.depsDevUrl,
      osv: settings.osvUrl,
    },
    githubToken: settings.githubToken,
    slackWebhook: settings.slackWebhook,
    policy: settings.policy === undefined ? undefined : await readPolicyText(settings.policy),
    idleSeconds: settings.idleMinutes * 60,
  };
  const fingerprint = createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
  return { stateDirectory, fingerprint, ...said };
}

/** The stack runs on when its starter ends; it is told by a file, as arguments are for all to see. */
function startDetached(configuration: StackConfiguration, logFile: number, context: ProcessContext): StartedProcess {
  const file = path.join(context.stateDirectory, `start-${context.unique()}.json`);
  mkdirSync(context.stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600, flag: 'wx' });
  const child = spawn(process.execPath, [realpathSync(process.argv[1] ?? ''), 'local', 'serve', file], {
    detached: true,
    stdio: ['ignore', logFile, logFile],
    cwd: context.stateDirectory,
    env: plainVariables(context.environment),
    windowsHide: true,
  });
  child.unref();
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  return { pid: child.pid, exited };
}

/** Nothing of AWS and nothing of ours: the file says it all, and credentials have no business there. */
function plainVariables(environment: ProcessContext['environment']): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(AWS_|AWSPIP_|CODEARTIFACT_)/.test(name)),
  );
}
