import path from 'node:path';
import { emptyRequest, type InstallerRequest, valuesOf } from './installer-request.ts';
import { parseCommandLine } from './parse-command-line.ts';

const pdmRules = {
  valueOptions: new Set(
    `--project --lockfile --override --editable --config-setting --venv --skip --group --with --without --python
    --platform --implementation --strategy --append --exclude-newer`.split(/\s+/),
  ),
  longNames: {
    '-p': '--project',
    '-L': '--lockfile',
    '-e': '--editable',
    '-C': '--config-setting',
    '-k': '--skip',
    '-G': '--group',
    '-S': '--strategy',
  },
};

/** Reads the arguments of PDM (https://pdm-project.org/latest/reference/cli/). */
export function readPdmRequest(args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { ...pdmRules, maxPositionals: args[0] === 'run' ? 1 : undefined });
  const [verb, ...requirements] = parsed.positionals;
  if (!['add', 'install', 'sync', 'update', 'lock', 'remove', 'run', 'build'].includes(verb ?? '')) return emptyRequest;
  const [directory] = valuesOf(parsed, '--project');
  const adds = verb === 'add' ? requirements : [];
  return {
    ...emptyRequest,
    pip: [...adds, ...(verb === 'add' ? valuesOf(parsed, '--editable').flatMap((target) => ['-e', target]) : [])],
    project: directory === undefined ? folder : path.resolve(folder, directory),
    keepsLock: verb !== 'update' && !(verb === 'lock' && parsed.options.every(({ name }) => name !== '--refresh')),
  };
}
