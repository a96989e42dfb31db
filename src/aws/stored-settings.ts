import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { AwspipError } from '../errors.ts';
import type { ProcessContext } from '../process-context.ts';
import { ssmClient } from './clients.ts';
import { awsClients } from './deployment.ts';
import { serviceError } from './service-errors.ts';

/** What `awspip setup --from-stack` needs: what the deployment stored, and a way to write files. */
export function stackSetup({ settings, environment }: ProcessContext): StackSetup {
  return {
    async read(stack) {
      const parameter = `/${stack}/settings`;
      const client = await ssmClient(awsClients(settings, environment));
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
        return { parameter, text: Parameter?.Value ?? '' };
      } catch (error) {
        throw isMissing(error) ? unknownStack(stack, parameter) : serviceError(error, `parameter ${parameter}`);
      }
    },
    write,
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && ['ParameterNotFound', 'ValidationException'].includes(error.name);
}

function unknownStack(stack: string, parameter: string): AwspipError {
  return new AwspipError('stack-unknown', `there is no stack \`${stack}\` here: no parameter ${parameter}`, {
    exit: 'configuration',
    hint: 'check name, region and account: `--awspip-region=REGION`, `--awspip-profile=NAME`',
  });
}

/** Beside its place and then moved there: nobody sees half a file. */
async function write(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0o644,
    );
    await writeFile(fresh, text, { flag: 'wx', mode });
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => {});
    throw new AwspipError('settings-not-written', `${file} could not be written`, {
      exit: 'configuration',
      hint: 'make it writable, or set the variables that the README lists',
      cause,
    });
  }
}

/** `awspip setup --from-stack`. */
export type StackSetup = {
  /** What the deployment stored for its people. */
  readonly read: (stack: string) => Promise<{ readonly parameter: string; readonly text: string }>;
  readonly write: (file: string, text: string) => Promise<void>;
};
