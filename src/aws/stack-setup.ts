import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { AwspipError } from '../errors.ts';
import type { ProcessContext } from '../process-context.ts';
import { ssmClient } from './clients.ts';
import { awsClients } from './deployment.ts';
import { serviceError } from './service-errors.ts';

/** The effects of `awspip setup --from-stack`. */
export type StackSetup = {
  /** Reads the settings that the deployed stack stores in SSM Parameter Store, as JSON text. */
  readonly read: (stack: string) => Promise<{ readonly parameter: string; readonly text: string }>;
  readonly write: (file: string, text: string) => Promise<void>;
};

/**
 * Returns the effects of `awspip setup --from-stack`.
 *
 * @throws {AwspipError} from `read`: `stack-unknown` (78) and the errors of `service-errors.ts`; from `write`:
 *   `settings-not-written` (78).
 */
export function stackSetup({ settings, environment }: ProcessContext): StackSetup {
  return {
    async read(stack) {
      const parameter = `/${stack}/settings`;
      const client = await ssmClient(awsClients(settings, environment));
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
        return { parameter, text: Parameter?.Value ?? '' };
      } catch (error) {
        throw isMissing(error) ? stackUnknown(stack, parameter) : serviceError(error, `parameter ${parameter}`);
      }
    },
    write,
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && ['ParameterNotFound', 'ValidationException'].includes(error.name);
}

function stackUnknown(stack: string, parameter: string): AwspipError {
  return new AwspipError(
    'stack-unknown',
    `the stack \`${stack}\` does not exist in this account and region: no parameter \`${parameter}\``,
    {
      exit: 'configuration',
      hint: 'check the name, or set the region and the account: `--awspip-region=REGION`, `--awspip-profile=NAME`',
    },
  );
}

/** Writes a temporary file and renames it, so that other processes never read a partial file. */
async function write(file: string, text: string): Promise<void> {
  const temporaryFile = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0o644,
    );
    await writeFile(temporaryFile, text, { flag: 'wx', mode });
    await rename(temporaryFile, file);
  } catch (cause) {
    await rm(temporaryFile, { force: true }).catch(() => {});
    throw new AwspipError('settings-not-written', `cannot write ${file}`, {
      exit: 'configuration',
      hint: 'make the file writable, or set the environment variables that the README lists',
      cause,
    });
  }
}
