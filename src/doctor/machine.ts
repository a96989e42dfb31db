import { captureOutput } from '../pip/capture.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { requireSupportedPip } from '../pip/find-pip.ts';
import { probeEnvironment } from '../pip/probe.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { type Setting, type SettingName, settings } from '../settings/table.ts';
import { check, skip } from './check.ts';
import type { Check } from './types.ts';

/** The interpreter, its pip, and every setting that somebody made. */
export async function* machineChecks(context: ProcessContext, resolved: ResolvedSettings): AsyncIterable<Check> {
  let pipVersion: string | undefined;
  yield await check('python', async () => {
    const program = await configuredPip(context);
    const probed = await probeEnvironment(program, captureOutput, plainEnvironment(context.environment));
    pipVersion = probed.pipVersion;
    return `${program.python} (${probed.pythonVersion})`;
  });
  yield await check('pip', async () => {
    if (pipVersion === undefined) return skip('without an interpreter there is none to ask');
    requireSupportedPip(pipVersion);
    return pipVersion;
  });
  yield await check('settings', async () => said(resolved));
}

function said({ values, sources }: ResolvedSettings): string {
  const made = (Object.entries(settings) as [SettingName, Setting<unknown>][])
    .filter(([name]) => sources[name] !== 'default')
    .map(([name, { key, secret }]) => `${key} = ${secret ? '***' : values[name]} (${sources[name]})`);
  return made.length === 0 ? 'all as they come' : made.join(', ');
}
