import path from 'node:path';
import { AwspipError } from '../../errors.ts';
import { parseProjectFile } from '../../settings/files.ts';
import { userFile } from '../../settings/folders.ts';
import { insertSettings } from '../../settings/insert-settings.ts';
import { searchedFolders } from '../../settings/project-file.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { parseStackSettings } from '../../settings/stack-settings.ts';
import { valuesToTrust } from '../../settings/trust.ts';
import type { Context } from '../context.ts';
import { recordTrust } from '../trust-project.ts';

/** Writes the settings that a deployment stored to the user's settings file or to pyproject.toml. */
export async function setUpFromStack(
  stack: string,
  { project }: { readonly project: boolean },
  resolved: ResolvedSettings,
  context: Context,
): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(stack)) {
    throw new AwspipError('stack-name-invalid', `\`${stack.slice(0, 100)}\` is not a valid stack name`, {
      exit: 'usage',
    });
  }
  const setup = await (await context.compose(resolved)).stackSetup();
  const file = project ? await projectFile(context) : userFile(context);
  const { parameter, text } = await setup.read(stack);
  const { values, ignored } = parseStackSettings(parameter, text);
  const before = (await context.readText(file)) ?? '';
  const edited = await insertSettings(file, before, project ? 'tool.awspip' : undefined, values);
  await setup.write(file, edited);
  const { stdout, stderr } = context.terminal;
  stdout.write(`${file}\n`);
  for (const [key, value] of Object.entries(values)) stdout.write(`  ${key} = ${value}\n`);
  if (ignored.length > 0)
    stderr.write(`awspip: ignored settings that do not belong in this file: ${ignored.join(', ')}\n`);
  if (project) await trustWritten(file, edited, values, resolved, context);
  stderr.write('awspip: run `awspip doctor` to check them\n');
}

/** Trusts the written file, unless it has other values that need trust and that the user did not just select. */
async function trustWritten(
  file: string,
  text: string,
  selected: Readonly<Record<string, string>>,
  { project }: ResolvedSettings,
  context: Context,
): Promise<void> {
  const values = valuesToTrust((await parseProjectFile(file, text))?.values ?? {});
  const realPath = (await context.examine(file))?.realPath ?? file;
  const wasTrusted = project?.trusted === true && project.path === realPath;
  if (wasTrusted || Object.keys(values).every((key) => Object.hasOwn(selected, key))) {
    await recordTrust({ path: realPath, values }, context);
    return;
  }
  context.terminal.stderr.write('awspip: the file has other values too; run `awspip trust` to check and accept them\n');
}

/** Returns the nearest pyproject.toml of the project. awspip creates none, because it has a meaning for other tools. */
async function projectFile(context: Context): Promise<string> {
  const { cwd, readText } = context;
  for await (const { folder } of searchedFolders(cwd, context)) {
    const file = path.join(folder, 'pyproject.toml');
    if ((await readText(file)) !== undefined) return file;
  }
  throw new AwspipError('project-file-missing', `no pyproject.toml in \`${cwd}\` or above it in the project`, {
    exit: 'configuration',
    hint: 'omit `--project` to write your own settings file instead',
  });
}
