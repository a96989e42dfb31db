import type { InstallPorts } from './types.ts';

/** Calls `check` before each run except the first. */
export function beforeLaterRuns(runPip: InstallPorts['runPip'], check: () => Promise<void>): InstallPorts['runPip'] {
  let runs = 0;
  return async (argv) => {
    runs += 1;
    if (runs > 1) await check();
    return runPip(argv);
  };
}
