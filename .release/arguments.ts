import { parseArgs } from 'node:util';
import { ReleaseError } from './problem.ts';

export type ReleaseArguments = {
  readonly asked: string | undefined;
  readonly dryRun: boolean;
  readonly skipCheck: boolean;
  readonly publish: boolean;
};

export const usage = `usage: npm run release -- [patch|minor|major|--version VERSION] [--dry-run [--skip-check]] [--publish]
       npm run release:pack -- --tag TAG`;

/** Reads the command line of a release. */
export function releaseArguments(argv: readonly string[]): ReleaseArguments {
  const options = { version: { type: 'string' }, 'dry-run': flag, 'skip-check': flag, publish: flag } as const;
  const { values, positionals } = read(() => parseArgs({ args: [...argv], allowPositionals: true, options }));
  if (positionals.length + (values.version === undefined ? 0 : 1) > 1) throw usageError('one version at most');
  const parsed = { dryRun: values['dry-run'] === true, skipCheck: values['skip-check'] === true };
  if (parsed.skipCheck && !parsed.dryRun) throw usageError('`--skip-check` works only with `--dry-run`');
  if (values.publish && parsed.dryRun) throw usageError('`--publish` and `--dry-run` contradict each other');
  return { ...parsed, asked: values.version ?? positionals[0], publish: values.publish === true };
}

/** Reads the command line of `npm run release:pack`: the tag whose version is packed. */
export function packArguments(argv: readonly string[]): { readonly tag: string } {
  const { values } = read(() => parseArgs({ args: [...argv], options: { tag: { type: 'string' } } }));
  if (values.tag === undefined) throw usageError('`--tag` is missing');
  return { tag: values.tag };
}

const flag = { type: 'boolean' } as const;

function read<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

function usageError(text: string): ReleaseError {
  return new ReleaseError([{ text: `${text}\n${usage}` }]);
}
