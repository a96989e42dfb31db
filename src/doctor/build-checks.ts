import { AwspipError } from '../errors.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { hideSecrets } from '../pip/hide-secrets.ts';
import type { ProcessContext } from '../process-context.ts';
import { type ProbeResult, probeSandbox } from '../sandbox/probe-sandbox.ts';
import { runCheck, skip } from './run-check.ts';
import type { Check } from './types.ts';

/** Checks what the build of a package finds on this machine: awspip's variables, and what the sandbox hides. */
export async function* buildChecks(context: ProcessContext): AsyncIterable<Check> {
  yield await runCheck('variables', async () => {
    if (hideSecrets())
      return "builds can't read awspip's secret variables; the processes that started it still have them";
    return skip("builds may read awspip's secret variables, because this system has no way to hide them");
  });
  yield await runCheck('sandbox', () => checkSandbox(context));
}

async function checkSandbox(context: ProcessContext): Promise<string> {
  const { sandbox } = context.settings;
  try {
    const { python } = await configuredPip(context);
    const { facts, ...result } = await probeSandbox(context, python);
    requireHidden(result);
    const count = facts.hidden.folders.length + facts.hidden.files.length;
    const reach = `builds find no other process, no network, and no credentials (hidden paths: ${count})`;
    return sandbox === 'off' ? `off; with \`--awspip-sandbox=on\`, ${reach}` : `${sandbox}; ${reach}`;
  } catch (error) {
    if (sandbox === 'on' || !(error instanceof AwspipError) || error.code === 'sandbox-leaks') throw error;
    return skip(`${sandbox}; ${error.message}`);
  }
}

/** @throws {AwspipError} `sandbox-leaks` (78). */
export function requireHidden({ visible, processes, outside, relay }: ProbeResult): void {
  const [file] = visible;
  const reached = [
    ...(file === undefined ? [] : [file]),
    ...(processes > 2 ? ['other processes'] : []),
    ...(outside ? ['the network'] : []),
  ];
  if (reached.length > 0) throw leak(`a program in the sandbox reached ${reached.join(' and ')}`);
  if (!relay) throw leak('a program in the sandbox did not reach the relay');
}

function leak(message: string): AwspipError {
  return new AwspipError('sandbox-leaks', message, {
    exit: 'configuration',
    hint: 'report this to awspip, with the output of `bwrap --version`; until then, use `--awspip-sandbox=off`',
  });
}
