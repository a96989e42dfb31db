import type { Composition } from './cli/context.ts';
import { edgeOf } from './compose/edge.ts';
import type { ResolvedSettings } from './settings/resolve.ts';

/**
 * Joins the rooms together for one command. Everything is opened when it is first used: `awspip list` opens pip and
 * nothing else.
 */
export async function compose({ values }: ResolvedSettings): Promise<Composition> {
  const edge = edgeOf(values);
  return {
    async straight(command) {
      const { runStraight } = await import('./compose/straight.ts');
      return runStraight(edge, command);
    },
    isNoVerb: async (command) => (await import('./compose/straight.ts')).isNoVerb(edge, command),
    install: async (...given) => (await import('./compose/install.ts')).openInstall(edge, ...given),
    behindRelay: async (...given) => (await import('./compose/behind-relay.ts')).runBehindRelay(edge, ...given),
    execBehindRelay: async (given) => (await import('./compose/behind-relay.ts')).execBehindRelay(edge, given),
    exec: async (...given) => (await import('./compose/exec.ts')).openExec(edge, ...given),
    status: async (mode) => (await import('./compose/records.ts')).readStatus(edge, mode),
    desk: async () => (await import('./compose/desk.ts')).openDesk(edge),
    shellFiles: async () => (await import('./compose/shell-files.ts')).shellFiles(edge),
    stackSetup: async () => (await import('./compose/stack-setup.ts')).stackSetup(edge),
    async *doctor(...given) {
      yield* (await import('./compose/doctor.ts')).examine(edge, ...given);
    },
    local: async () => (await import('./compose/local.ts')).localControl(edge),
    policyServe: async (options) => (await import('./compose/policy-serve.ts')).policyServe(edge, options),
    serve: async (file) => (await import('./compose/serve.ts')).serve(edge, file),
  };
}
