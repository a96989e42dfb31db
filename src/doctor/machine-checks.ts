import { captureOutput } from '../pip/capture.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { requireSupportedPip } from '../pip/find-pip.ts';
import { probeEnvironment } from '../pip/probe.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { type Setting, type SettingName, settings } from '../settings/table.ts';
import { requireTrust } from '../settings/trust.ts';
import { runCheck, skip } from './run-check.ts';
import type { Check } from './types.ts';

/** Checks the interpreter and its pip, and lists the settings that differ from their defaults. */
export async function* machineChecks(context: ProcessContext, resolved: ResolvedSettings): AsyncIterable<Check> {
  let found: { readonly python: string; readonly pipVersion: string } | undefined;
  yield await runCheck('python', async () => {
    const program = await configuredPip(context);
    const probed = await probeEnvironment(program, captureOutput, plainEnvironment(context.environment));
    found = { python: program.python, pipVersion: probed.pipVersion };
    return `${program.python} (${probed.pythonVersion})`;
  });
  yield await runCheck('pip', async () => {
    if (found === undefined) return skip('not checked, because the check of Python failed');
    requireSupportedPip(found.pipVersion, found.python);
    return found.pipVersion;
  });
  yield await runCheck('settings', async () => settingsText(resolved));
  const { project } = resolved;
  if (project === undefined || Object.keys(project.values).length === 0) return;
  yield await runCheck('project file', async () => {
    requireTrust(project);
    const state = project.trusted ? 'trusted' : 'not trusted, and not needed: it selects what your own settings select';
    return `${project.path} (${state})`;
  });
}

function settingsText({ values, sources }: ResolvedSettings): string {
  const changed = (Object.entries(settings) as [SettingName, Setting<unknown>][])
    .filter(([name]) => sources[name] !== 'default')
    .map(([name, { key, secret }]) => `${key} = ${secret ? '***' : values[name]} (${sources[name]})`);
  return changed.length === 0 ? 'defaults' : changed.join(', ');
}
