import path from 'node:path';
import { AwspipError } from '../../errors.ts';
import { userFile } from '../../settings/folders.ts';
import { insertSettings } from '../../settings/insert-settings.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { parseStackSettings } from '../../settings/stack-settings.ts';
import type { Context } from '../context.ts';

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
  await setup.write(file, await insertSettings(file, before, project ? 'tool.awspip' : undefined, values));
  const { stdout, stderr } = context.terminal;
  stdout.write(`${file}\n`);
  for (const [key, value] of Object.entries(values)) stdout.write(`  ${key} = ${value}\n`);
  if (ignored.length > 0)
    stderr.write(`awspip: ignored settings that do not belong in this file: ${ignored.join(', ')}\n`);
  stderr.write('awspip: run `awspip doctor` to check them\n');
}

/** Returns the nearest pyproject.toml. awspip creates none, because its presence has a meaning for other tools. */
async function projectFile({ cwd, readText }: Context): Promise<string> {
  for (let at = path.resolve(cwd); ; at = path.dirname(at)) {
    const file = path.join(at, 'pyproject.toml');
    if ((await readText(file)) !== undefined) return file;
    if (path.dirname(at) === at) break;
  }
  throw new AwspipError('project-file-missing', `no pyproject.toml in \`${cwd}\` or above it`, {
    exit: 'configuration',
    hint: 'omit `--project` to write your own settings file instead',
  });
}
