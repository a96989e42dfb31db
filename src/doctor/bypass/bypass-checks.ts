import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { homeFolder, temporaryFolder } from '../../folders.ts';
import { discardBody } from '../../index/body.ts';
import { openHttp } from '../../index/http.ts';
import { captureOutput } from '../../pip/capture.ts';
import { plainEnvironment } from '../../pip/environment.ts';
import { readMachineConfiguration } from '../../pip/machine-configuration.ts';
import type { ProcessContext } from '../../process-context.ts';
import { closedIndexFolder, dataFolder } from '../../settings/folders.ts';
import type { Mode } from '../../settings/mode.ts';
import type { Check } from '../types.ts';
import { findPrograms } from './find-programs.ts';
import { judgeWay, type VettedSources } from './judge-way.ts';
import { openRecordingProxy } from './recording-proxy.ts';
import { tryWay } from './try-way.ts';
import { wayCheck } from './way-check.ts';
import { findWays } from './ways.ts';

/**
 * Tries how packages can be installed without typing awspip, and yields a check for each way. The programs run behind a
 * proxy that passes nothing on.
 *
 * @param all tries also the ways that ignore the user's configuration, and whether the network lets them through. An
 *   open way is then a failure.
 */
export async function* bypassChecks(
  context: ProcessContext,
  mode: Mode | undefined,
  { all }: { readonly all: boolean },
): AsyncIterable<Check> {
  const { environment } = context;
  const programs = findPrograms(environment);
  if (!all) yield shellCheck(environment);
  for (const name of programs.shims) yield { name: `${name} in a script`, state: 'pass', detail: 'runs awspip' };
  const folder = await mkdtemp(path.join(temporaryFolder(environment), 'awspip-doctor-'));
  const proxy = await openRecordingProxy();
  const network = all ? networkProbe(context) : undefined;
  try {
    const plain = plainEnvironment(environment);
    const vetted = vettedSources(context, mode);
    for (const way of findWays(programs, all)) {
      const attempt = await tryWay(way, { folder, environment: plain }, proxy, captureOutput);
      const verdict = judgeWay(attempt, vetted);
      const reached = verdict.kind === 'open' ? await network?.reached(verdict.origins) : undefined;
      yield wayCheck(way, verdict, { all, reached });
    }
  } finally {
    await Promise.all([network?.close(), proxy.close(), rm(folder, { recursive: true, force: true })]);
  }
}

/** Checks whether `awspip setup` has written functions for the user's shell. A function is visible in that shell only. */
function shellCheck(environment: ProcessContext['environment']): Check {
  const name = 'pip typed in a shell';
  const shell = path.basename(environment.SHELL ?? '');
  const initFile = shell === 'fish' ? 'init.fish' : shell === '' ? 'init.ps1' : 'init.sh';
  if (existsSync(path.join(ownFolder(environment), initFile))) {
    return { name, state: 'pass', detail: 'runs awspip, in shells opened since `awspip setup`' };
  }
  const hint = 'run `awspip setup`, and open a new shell';
  return { name, state: 'warn', detail: 'is the program on PATH, not awspip', hint };
}

function ownFolder(environment: ProcessContext['environment']): string {
  return dataFolder({ platform: process.platform, home: homeFolder(), environment });
}

function vettedSources({ settings, environment }: ProcessContext, mode: Mode | undefined): VettedSources {
  const { domain, domainOwner: owner, repository: name, endpoint } = settings;
  return {
    closedIndex: pathToFileURL(closedIndexFolder(ownFolder(environment))).href,
    repository: mode === 'aws' && domain !== undefined ? { domain, owner, name } : undefined,
    host: endpoint === undefined ? undefined : new URL(endpoint).host,
  };
}

const connectSeconds = 5;

/** Finds out which origins the network of this machine lets through. Any answer over HTTP counts. */
function networkProbe(context: ProcessContext) {
  const { network } = readMachineConfiguration(context);
  const http = openHttp({ ...network, timeoutSeconds: connectSeconds });
  const answers = new Map<string, boolean>();
  const ask = async (origin: string) => {
    try {
      await discardBody(await http.request(`${origin}/`, { method: 'HEAD' }));
      return true;
    } catch {
      return false;
    }
  };
  return {
    async reached(origins: readonly string[]): Promise<readonly string[]> {
      for (const origin of origins) if (!answers.has(origin)) answers.set(origin, await ask(origin));
      return origins.filter((origin) => answers.get(origin));
    },
    close: () => http.close(),
  };
}
