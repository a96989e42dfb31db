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
  known: readonly OwnOptionForm[],
): { own: OwnOption[]; rest: string[] } {
  const own: OwnOption[] = [];
  const rest: string[] = [];
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  for (let index = 0; index < end; index++) {
    const word = argv[index] ?? '';
    if (!word.startsWith(prefix)) {
      rest.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const form = knownForm(word.slice(prefix.length, equals < 0 ? undefined : equals), known);
    if (!form.takesValue) {
      if (equals >= 0) throw refused('own-option-value', `\`${prefix}${form.name}\` takes no value`);
      own.push({ name: form.name });
    } else if (equals >= 0) {
      own.push({ name: form.name, value: word.slice(equals + 1) });
    } else {
      index += 1;
      if (index >= end) throw refused('own-option-value', `\`${prefix}${form.name}\` needs a value`);
      own.push({ name: form.name, value: argv[index] ?? '' });
    }
  }
  return { own, rest: [...rest, ...argv.slice(end)] };
}

function knownForm(name: string, known: readonly OwnOptionForm[]): OwnOptionForm {
  const form = known.find((candidate) => candidate.name === name);
  if (form) return form;
  const nearest = nearestName(name, known);
  throw new AwspipError('unknown-own-option', `awspip has no option \`${prefix}${name.slice(0, 80)}\``, {
    exit: 'usage',
    hint:
      nearest === undefined
        ? 'run `awspip doctor` to list the settings; each is an `--awspip-` option'
        : `did you mean \`${prefix}${nearest}\`?`,
  });
}

function refused(code: string, message: string): AwspipError {
  return new AwspipError(code, message, { exit: 'usage' });
}

function nearestName(name: string, known: readonly OwnOptionForm[]): string | undefined {
  const longest = 80;
  if (name.length > longest) return undefined;
  const byDistance = known
    .map((form) => ({ name: form.name, distance: editDistance(name, form.name) }))
    .sort((one, other) => one.distance - other.distance);
  const best = byDistance[0];
  return best && best.distance <= Math.max(2, best.name.length / 2) ? best.name : undefined;
}

/** Returns the Levenshtein distance, computed row by row. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
