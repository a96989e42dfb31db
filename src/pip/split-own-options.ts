import { AwspipError } from '../errors.ts';

/** One of awspip's own options on a command line. */
export type OwnOption = {
  /** Without the leading `--awspip-`. */
  readonly name: string;
  readonly value?: string;
};

/** The form of an own option. With a value, it is `--awspip-NAME=VALUE` or `--awspip-NAME VALUE`. */
export type OwnOptionForm = { readonly name: string; readonly takesValue: boolean };

const prefix = '--awspip-';

/**
 * Separates awspip's own options from pip's. They may stand anywhere before `--`. The rest keeps its order.
 *
 * @throws {AwspipError} usage for an unknown name, a missing value or an unexpected value.
 */
export function splitOwnOptions(
  argv: readonly string[],
  forms: readonly OwnOptionForm[],
): { ownOptions: OwnOption[]; rest: string[] } {
  const ownOptions: OwnOption[] = [];
  const rest: string[] = [];
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  for (let index = 0; index < end; index++) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith(prefix)) {
      rest.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const form = findForm(argument.slice(prefix.length, equals < 0 ? undefined : equals), forms);
    if (!form.takesValue) {
      if (equals >= 0) throw usageError('own-option-value', `\`${prefix}${form.name}\` takes no value`);
      ownOptions.push({ name: form.name });
    } else if (equals >= 0) {
      ownOptions.push({ name: form.name, value: argument.slice(equals + 1) });
    } else {
      index += 1;
      if (index >= end) throw usageError('own-option-value', `\`${prefix}${form.name}\` needs a value`);
      ownOptions.push({ name: form.name, value: argv[index] ?? '' });
    }
  }
  return { ownOptions, rest: [...rest, ...argv.slice(end)] };
}

function findForm(name: string, forms: readonly OwnOptionForm[]): OwnOptionForm {
  const form = forms.find((candidate) => candidate.name === name);
  if (form) return form;
  const nearest = nearestName(name, forms);
  throw new AwspipError('unknown-own-option', `awspip has no option \`${prefix}${name.slice(0, 80)}\``, {
    exit: 'usage',
    hint:
      nearest === undefined
        ? 'run `awspip help settings` to list the options'
        : `did you mean \`${prefix}${nearest}\`?`,
  });
}

function usageError(code: string, message: string): AwspipError {
  return new AwspipError(code, message, { exit: 'usage' });
}

function nearestName(name: string, forms: readonly OwnOptionForm[]): string | undefined {
  const maxLength = 80;
  if (name.length > maxLength) return undefined;
  const byDistance = forms
    .map((form) => ({ name: form.name, distance: editDistance(name, form.name) }))
    .sort((first, second) => first.distance - second.distance);
  const best = byDistance[0];
  return best && best.distance <= Math.max(2, best.name.length / 2) ? best.name : undefined;
}

/** Returns the Levenshtein distance, computed row by row. */
export function editDistance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (let i = 1; i <= first.length; i++) {
    const next = [i];
    for (let j = 1; j <= second.length; j++) {
      const change = (row[j - 1] ?? 0) + (first[i - 1] === second[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[second.length] ?? 0;
}
