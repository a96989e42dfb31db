import type { Composition } from '../cli/context.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { processContext } from './process-context.ts';

/**
 * Wires the modules together for one command. Each module is loaded when it is first used: `awspip list` loads pip and
 * nothing else.
 */
export async function compose({ values }: ResolvedSettings): Promise<Composition> {
  const context = processContext(values);
  return {
    async plainPip(command) {
      const { runPlainPip } = await import('../pip/plain-pip.ts');
      return runPlainPip(context, command);
    },
    isUnknownVerb: async (command) => (await import('../pip/plain-pip.ts')).isNoVerb(context, command),
    install: async (...given) => (await import('./install.ts')).openInstall(context, ...given),
    behindRelay: async (...given) => (await import('../installers/nested.ts')).runBehindRelay(context, ...given),
    execBehindRelay: async (given) => (await import('../installers/nested.ts')).execBehindRelay(context, given),
    exec: async (...given) => (await import('./exec.ts')).openExec(context, ...given),
    async status(mode) {
      const [{ readStatus }, { openDeployment }] = await Promise.all([
        import('../review/status.ts'),
        import('./deployment.ts'),
      ]);
      return readStatus(context, await openDeployment(context, mode));
    },
    reviewService: async () => (await import('./review-service.ts')).openReviewService(context),
    shellFiles: async () => (await import('../cli/setup/shell-files.ts')).shellFiles(context.environment),
    stackSetup: async () => (await import('../aws/stored-settings.ts')).stackSetup(context),
    async *doctor(...given) {
      yield* (await import('../doctor/run-checks.ts')).examine(context, ...given);
    },
    local: async () => (await import('./local.ts')).localControl(context),
    policyServe: async (options) => (await import('./policy-serve.ts')).policyServe(context, options),
    serve: async (file) => (await import('./serve.ts')).serve(context, file),
  };
}
