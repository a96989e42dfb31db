import { type FormatControl, formatControl, type PipCommand } from './grammar.ts';

/** What decides which releases pip may take, from variables, command line and files together. */
export type RootOptions = {
  readonly pre: boolean;
  readonly formatControl: FormatControl;
  readonly noDeps: boolean;
  readonly upgrade: boolean;
};

type Variables = Readonly<Record<string, string | undefined>>;
type Named = { readonly name: string; readonly value?: string };

const listed = ['requirement', 'constraint', 'editable'] as const;

/**
 * Options in pip's order: `PIP_*` variables (not under `--isolated`), the command line, then requirements files, which
 * win. `--pre` anywhere counts.
 */
export function rootOptions(command: PipCommand, variables: Variables, fileOptions: readonly Named[]): RootOptions {
  const set = (name: string) => !command.isolated && isTrue(variables[name]);
  return {
    pre: command.pre || set('PIP_PRE') || fileOptions.some(({ name }) => name === '--pre'),
    formatControl: formatControl([...formatVariables(command, variables), ...command.options, ...fileOptions]),
    noDeps: command.noDeps || set('PIP_NO_DEPS'),
    upgrade: command.upgrade || set('PIP_UPGRADE'),
  };
}

function formatVariables(command: PipCommand, variables: Variables): Named[] {
  if (command.isolated) return [];
  return ['no-binary', 'only-binary'].flatMap((option) => {
    const value = variables[variableOf(option)];
    return value ? [{ name: `--${option}`, value }] : [];
  });
}

/** Files and editables that `PIP_REQUIREMENT`, `PIP_CONSTRAINT` and `PIP_EDITABLE` add, parted by blanks. */
export function variableInputs(command: PipCommand, variables: Variables): Record<(typeof listed)[number], string[]> {
  const [requirement, constraint, editable] = listed.map((option) =>
    command.isolated ? [] : (variables[variableOf(option)] ?? '').split(/\s+/).filter((word) => word !== ''),
  );
  return { requirement: requirement ?? [], constraint: constraint ?? [], editable: editable ?? [] };
}

function variableOf(option: string): string {
  return `PIP_${option.toUpperCase().replaceAll('-', '_')}`;
}

/** pip's own notion of true (`strtobool`). */
function isTrue(value: string | undefined): boolean {
  return /^(?:y|yes|t|true|on|1)$/i.test(value ?? '');
}
