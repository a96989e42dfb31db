import path from 'node:path';
import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { trustFile } from '../../settings/folders.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { isTrusted, type ProjectTrust, requireTrust } from '../../settings/trust.ts';
import { readTrustedProjects, writeTrustedProjects } from '../../settings/trust-store.ts';
import type { Context } from '../context.ts';
import { projectLines, recordTrust } from '../trust-project.ts';
import { verbSummaries } from '../verb-names.ts';

type Options = { readonly yes?: boolean; readonly list?: boolean; readonly remove?: boolean | string };

/** Adds `awspip trust`, which accepts the repository that a project file selects. */
export function addTrust(program: Command, resolved: ResolvedSettings, context: Context): void {
  program
    .command('trust')
    .summary(verbSummaries.trust)
    .description(
      'Shows which domain, repository, region, profile, table and workflow the project file selects, and records that you trust them. If one of them changes, awspip asks again.',
    )
    .option('--yes', 'do not ask')
    .option('--list', 'list the trusted project files')
    .option('--remove [file]', 'no longer trust this file; default: the project file of this folder')
    .action(async ({ yes = false, list = false, remove }: Options) => {
      if (list) return listTrusted(context);
      if (remove !== undefined) return removeTrust(remove === true ? undefined : String(remove), resolved, context);
      await trust(resolved.project, yes, context);
    });
}

async function listTrusted({ terminal: { stdout }, ...context }: Context): Promise<void> {
  const trusted = await readTrustedProjects(trustFile(context), context.readText);
  for (const [file, { values }] of Object.entries(trusted)) stdout.write(projectLines({ path: file, values }));
  if (Object.keys(trusted).length === 0) stdout.write('no project file is trusted\n');
}

async function removeTrust(named: string | undefined, { project }: ResolvedSettings, context: Context): Promise<void> {
  const { stdout } = context.terminal;
  const store = trustFile(context);
  const trusted = await readTrustedProjects(store, context.readText);
  const wanted = named === undefined ? project?.path : path.resolve(context.cwd, named);
  const real = wanted === undefined ? undefined : ((await context.examine(wanted))?.realPath ?? wanted);
  const kept = Object.fromEntries(Object.entries(trusted).filter(([file]) => file !== real && file !== wanted));
  if (Object.keys(kept).length === Object.keys(trusted).length) {
    stdout.write('nothing to remove\n');
    return;
  }
  await writeTrustedProjects(store, kept);
  stdout.write(`no longer trusted: ${real}\n`);
}

async function trust(project: ProjectTrust | undefined, yes: boolean, context: Context): Promise<void> {
  const { stdout } = context.terminal;
  if (project === undefined || Object.keys(project.values).length === 0) {
    stdout.write('nothing to trust: no project file selects a repository\n');
    return;
  }
  stdout.write(projectLines(project));
  const { path: file, values, unsafe } = project;
  // Every value counts here, also one that an option or a variable outranks now.
  const asked = { ...project, trusted: false, leftOut: Object.keys(values) };
  if (unsafe !== undefined) requireTrust(asked);
  if (isTrusted(file, values, await readTrustedProjects(trustFile(context), context.readText))) {
    stdout.write('already trusted\n');
    return;
  }
  if (!yes) {
    if (!context.canAsk) {
      throw new AwspipError('trust-not-given', 'awspip can ask only on a terminal', {
        exit: 'configuration',
        hint: 'check the values above and run `awspip trust --yes`',
      });
    }
    if (!(await context.confirm('Trust these values?'))) {
      throw new AwspipError('trust-not-given', `${file} is not trusted`, {
        exit: 'configuration',
        hint: 'set your own values with `AWSPIP_DOMAIN` and similar variables',
      });
    }
  }
  await recordTrust(project, context);
  stdout.write('trusted\n');
}
