import type { TargetEnvironment } from '../index/types.ts';
import { captureOutput } from './capture.ts';
import { plainEnvironment } from './environment.ts';
import { type PipProgram, requireSupportedPip } from './find-pip.ts';
import { probeEnvironment } from './probe.ts';

/**
 * Returns the environment of an interpreter by running it.
 *
 * @throws {AwspipError} `pip-too-old` (configuration), and the errors of the probe.
 */
export async function supportedEnvironment(
  program: PipProgram,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<TargetEnvironment> {
  const { environment, pipVersion } = await probeEnvironment(program, captureOutput, plainEnvironment(variables));
  requireSupportedPip(pipVersion, program.python);
  return environment;
}
