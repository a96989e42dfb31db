import type { Composition } from './cli/context.ts';
import { edgeOf } from './compose/process-context.ts';
import type { ResolvedSettings } from './settings/resolve.ts';

/**
 * Joins the rooms together for one command. Everything is opened when it is first used: `awspip list` opens pip and
 * nothing else.
 */
export async function compose({ values }: ResolvedSettings): Promise<Composition> {
  const edge = edgeOf(values);
  return {
    async straight(command) {
      const { runStraight } = await import('./compose/plain-pip.ts');
      return runStraight(edge, command);
    },
    isNoVerb: async (command) => (await import('./compose/plain-pip.ts')).isNoVerb(edge, command),
    install: async (...given) => (await import('./compose/install.ts')).openInstall(edge, ...given),
    behindRelay: async (...given) => (await import('./installers/nested.ts')).runBehindRelay(edge, ...given),
    execBehindRelay: async (given) => (await import('./installers/nested.ts')).execBehindRelay(edge, given),
    exec: async (...given) => (await import('./compose/exec.ts')).openExec(edge, ...given),
    status: async (mode) => (await import('./review/status.ts')).readStatus(edge, mode),
    desk: async () => (await import('./compose/review-service.ts')).openDesk(edge),
    shellFiles: async () => (await import('./cli/setup/shell-files.ts')).shellFiles(edge),
    stackSetup: async () => (await import('./aws/stored-settings.ts')).stackSetup(edge),
    async *doctor(...given) {
      yield* (await import('./doctor/run-checks.ts')).examine(edge, ...given);
    },
    local: async () => (await import('./compose/local.ts')).localControl(edge),
    policyServe: async (options) => (await import('./compose/policy-serve.ts')).policyServe(edge, options),
    serve: async (file) => (await import('./compose/serve.ts')).serve(edge, file),
  };
}
