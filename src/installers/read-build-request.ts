import path from 'node:path';
import { emptyRequest, type InstallerRequest, valuesOf } from './installer-request.ts';
import { parseCommandLine } from './parse-command-line.ts';

const buildRules = {
  valueOptions: new Set('--outdir --config-setting --config-json --installer --dependency-constraints'.split(' ')),
  longNames: { '-o': '--outdir', '-C': '--config-setting', '-n': '--no-isolation' },
};

/** Reads the arguments of `python -m build` (https://build.pypa.io/en/stable/). */
export function readBuildRequest(args: readonly string[], folder: string): InstallerRequest {
  const { options, positionals } = parseCommandLine(args, buildRules);
  if (options.some(({ name }) => name === '--no-isolation')) return emptyRequest;
  const project = path.resolve(folder, positionals[0] ?? '.');
  return { ...emptyRequest, isolated: { folder: project, environments: [] } };
}

const hatchRules = {
  valueOptions: new Set(
    `--env --project --data-dir --cache-dir --config --color --include --exclude --filter --name --target
    --python`.split(/\s+/),
  ),
  longNames: {
    '-e': '--env',
    '-p': '--project',
    '-t': '--target',
    '-i': '--include',
    '-x': '--exclude',
    '-f': '--filter',
  },
};

/** Reads the arguments of hatch (https://hatch.pypa.io/latest/cli/reference/). Some verbs use environments of hatch's own. */
export function readHatchRequest(args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { ...hatchRules, maxPositionals: args.includes('run') ? 2 : undefined });
  const environment = usedEnvironment(parsed.positionals, valuesOf(parsed, '--env')[0]);
  if (environment === undefined && parsed.positionals[0] !== 'build') return emptyRequest;
  return { ...emptyRequest, isolated: { folder, environments: environment === undefined ? [] : [environment] } };
}

/** Returns the environment of the project that a command installs. Undefined if it installs none. */
function usedEnvironment([verb, first = '', second]: readonly string[], option = 'default'): string | undefined {
  if (verb === 'run') return /^([\w.+-]+):/.exec(first)?.[1] ?? option;
  if (verb === 'shell') return first || option;
  const isCreated = verb === 'env' && (first === 'create' || first === 'run');
  return isCreated ? (first === 'create' && second ? second : option) : undefined;
}
