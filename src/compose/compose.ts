import type { Composition } from '../cli/context.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { processContext } from './process-context.ts';

/**
 * Wires the modules together for one command. Each module is loaded when it is first used, so that `awspip list` loads
 * only pip.
 */
export async function compose({ values }: ResolvedSettings): Promise<Composition> {
  const context = processContext(values);
  return {
    async plainPip(command) {
      const { runPlainPip } = await import('../pip/run-plain-pip.ts');
      return runPlainPip(context, command);
    },
    isUnknownVerb: async (command) => (await import('../pip/run-plain-pip.ts')).isUnknownVerb(context, command),
    install: async (...options) => (await import('./install.ts')).openInstall(context, ...options),
    behindRelay: async (...options) =>
      (await import('../installers/behind-relay.ts')).runBehindRelay(context, ...options),
    execBehindRelay: async (...options) =>
      (await import('../installers/behind-relay.ts')).execBehindRelay(context, ...options),
    exec: async (...options) => (await import('./exec.ts')).openExec(context, ...options),
    async status(mode) {
      const [{ readStatus }, { openDeployment }] = await Promise.all([
        import('../review/status.ts'),
        import('./deployment.ts'),
      ]);
      return readStatus(context, await openDeployment(context, mode));
    },
    reviewService: async () => (await import('./review-service.ts')).openReviewService(context),
    shellFiles: async () => (await import('../cli/setup/shell-files.ts')).shellFiles(context.environment),
    async vettedEndpoint() {
      const [{ openAccess }, { openDeployment }] = await Promise.all([
        import('../codeartifact/open-access.ts'),
        import('./deployment.ts'),
      ]);
      return openAccess(context, await openDeployment(context, 'aws')).endpoint();
    },
    stackSetup: async () => (await import('../aws/stack-setup.ts')).stackSetup(context),
    async *doctor(...options) {
      yield* (await import('../doctor/run-checks.ts')).runChecks(context, ...options);
    },
    local: async () => (await import('./local.ts')).localControl(context),
    policyServe: async (...options) => (await import('./policy-serve.ts')).policyServe(context, ...options),
    serve: async (file) => (await import('./serve.ts')).serve(context, file),
  };
}
