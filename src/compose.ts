import type { Composition } from './cli/context.ts';
import { processContext } from './compose/process-context.ts';
import type { ResolvedSettings } from './settings/resolve.ts';

/**
 * Joins the rooms together for one command. Everything is opened when it is first used: `awspip list` opens pip and
 * nothing else.
 */
export async function compose({ values }: ResolvedSettings): Promise<Composition> {
  const context = processContext(values);
  return {
    async plainPip(command) {
      const { runPlainPip } = await import('./compose/plain-pip.ts');
      return runPlainPip(context, command);
    },
    isNoVerb: async (command) => (await import('./compose/plain-pip.ts')).isNoVerb(context, command),
    install: async (...given) => (await import('./compose/install.ts')).openInstall(context, ...given),
    behindRelay: async (...given) => (await import('./installers/nested.ts')).runBehindRelay(context, ...given),
    execBehindRelay: async (given) => (await import('./installers/nested.ts')).execBehindRelay(context, given),
    exec: async (...given) => (await import('./compose/exec.ts')).openExec(context, ...given),
    status: async (mode) => (await import('./review/status.ts')).readStatus(context, mode),
    reviewService: async () => (await import('./compose/review-service.ts')).openReviewService(context),
    shellFiles: async () => (await import('./cli/setup/shell-files.ts')).shellFiles(context),
    stackSetup: async () => (await import('./aws/stored-settings.ts')).stackSetup(context),
    async *doctor(...given) {
      yield* (await import('./doctor/run-checks.ts')).examine(context, ...given);
    },
    local: async () => (await import('./compose/local.ts')).localControl(context),
    policyServe: async (options) => (await import('./compose/policy-serve.ts')).policyServe(context, options),
    serve: async (file) => (await import('./compose/serve.ts')).serve(context, file),
  };
}
