import { type PipConfiguration, readPipConfiguration, withConfiguration } from './configuration.ts';
import { type FormatControl, formatControl, type PipCommand, type PipOption } from './grammar.ts';

/** What decides which releases pip may take, from configuration, variables, command line and files together. */
export type RootOptions = {
  readonly pre: boolean;
  readonly formatControl: FormatControl;
  readonly noDeps: boolean;
  readonly upgrade: boolean;
};

type Configured = Pick<PipConfiguration, 'options'>;

/** Options in pip's order: what is configured, the command line, then requirements files, which win. */
export function rootOptions(
  command: PipCommand,
  configured: Configured,
  fileOptions: readonly Pick<PipOption, 'name' | 'value'>[],
): RootOptions {
  const { pre, noDeps, upgrade } = withConfiguration(command, configured);
  return {
    pre: pre || fileOptions.some(({ name }) => name === '--pre'),
    formatControl: formatControl([...configured.options, ...command.options, ...fileOptions]),
    noDeps,
    upgrade,
  };
}

/** One value of an option that names inputs, and where it was said: `argument`, a variable, or `pip.conf:3`. */
export type Input = { readonly value: string; readonly where: string };

/** All values of an option that may be given many times, as pip sees them: what is configured, then what is typed. */
export function inputs(command: PipCommand, { options }: Configured, name: string): Input[] {
  const last = options.findLast((option) => option.name === name);
  const configured = (last?.value ?? '').split(/\s+/).filter((word) => word !== '');
  const typed = command.options.flatMap((option) => (option.name === name && option.value ? option.value : []));
  return [
    ...configured.map((value) => ({ value, where: last?.from ?? '' })),
    ...typed.map((value) => ({ value, where: 'argument' })),
  ];
}

/** What `PIP_*` variables alone say, for callers that have read no configuration files. */
export function configuredByVariables(
  { verb, isolated }: Pick<PipCommand, 'verb' | 'isolated'>,
  variables: Readonly<Record<string, string | undefined>>,
): Configured {
  return readPipConfiguration({
    environment: variables,
    home: '/',
    platform: 'linux',
    readFile: () => undefined,
    verb,
    isolated,
  });
}
