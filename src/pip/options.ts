import { optionRows, pipReleases } from './option-rows.ts';

/** One option of pip: its canonical long name, every spelling of every pip, whether a value follows. */
export type OptionRow = {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly takesValue: boolean;
  /** Of each spelling, the first and the last pip that had it, as positions in `pipReleases`. */
  readonly spans: readonly (readonly [first: number, last: number])[];
};

/**
 * Verbs that ask no index, of every pip from 20.3 to 26.3. Any other word counts as asking one: a verb that a later
 * pip brings must not slip past the relay.
 */
export const verbsWithoutIndex: ReadonlySet<string> = new Set(
  'uninstall freeze inspect list show check config cache hash completion debug help'.split(' '),
);

const newest = pipReleases.length - 1;
const ofVerb = readRows(optionRows);
const tables = new Map<string, readonly OptionRow[]>();

/** Checks whether any pip that we know has this verb. */
export function isVerb(word: string): boolean {
  return word !== '' && ofVerb.has(word);
}

/** Checks whether all that a pip of this version has is in our table. */
export function isKnownPip(version: string): boolean {
  return order(version) <= order(pipReleases[newest] ?? '');
}

/** The options that may stand after a verb, or before any verb when there is none. An unknown verb has install's. */
export function optionTable(verb: string | undefined): readonly OptionRow[] {
  const key = verb === undefined ? '' : ofVerb.has(verb) ? verb : 'install';
  const known = tables.get(key);
  if (known) return known;
  const own = key === '' ? [] : (ofVerb.get(key) ?? []);
  const general = (ofVerb.get('') ?? []).filter(({ name }) => !own.some((row) => row.name === name));
  const rows = [...general, ...own];
  tables.set(key, rows);
  return rows;
}

/**
 * The option meant by a long spelling or the beginning of one, as optparse takes it: the very spelling, or a beginning
 * that fits one spelling alone.
 * @param pip the pip that reads it; without one, the newest pip that understands it.
 */
export function longOption(typed: string, table: readonly OptionRow[], pip?: string): OptionRow | undefined {
  for (const release of readers(pip)) {
    const row = fitting(typed, table, release);
    if (row) return row;
  }
  return undefined;
}

function fitting(typed: string, table: readonly OptionRow[], release: number): OptionRow | undefined {
  const fits: OptionRow[] = [];
  for (const row of table) {
    for (const [at, spelling] of row.spellings.entries()) {
      const [first, last] = row.spans[at] ?? [0, newest];
      if (release < first || release > last || !spelling.startsWith(typed)) continue;
      if (spelling === typed) return row;
      fits.push(row);
    }
  }
  return fits.length === 1 ? fits[0] : undefined;
}

/** Which pips' tables are tried, in order: that of the pip itself (or the last one read before it), then the newest. */
function readers(pip: string | undefined): number[] {
  const newestFirst = pipReleases.map((_, at) => newest - at);
  if (pip === undefined) return newestFirst;
  const own = newestFirst.find((at) => order(pipReleases[at] ?? '') <= order(pip)) ?? 0;
  return [own, ...newestFirst.filter((at) => at !== own)];
}

/** `23.3.2` as 2303: pip counts years and releases. */
function order(pip: string): number {
  const [year = 0, release = 0] = pip.split('.').map((part) => Number.parseInt(part, 10));
  return year * 100 + release;
}

function readRows(text: string): Map<string, OptionRow[]> {
  const rows = new Map<string, OptionRow[]>();
  let verb = '';
  for (const line of text.trim().split('\n')) {
    if (line.startsWith('[')) verb = line.slice(1, -1);
    rows.set(verb, [...(rows.get(verb) ?? []), ...(line.startsWith('[') ? [] : [readRow(line)])]);
  }
  return rows;
}

function readRow(line: string): OptionRow {
  const words = line.split(' ').map((word) => word.replace('=', '').split('@'));
  const spellings = words.map(([spelling = '']) => spelling);
  const spans = words.map(([, span = '-']) => {
    const [first = '', last = ''] = span.split('-');
    return [first ? pipReleases.indexOf(first) : 0, last ? pipReleases.indexOf(last) : newest] as const;
  });
  return { name: spellings[0] ?? '', spellings, takesValue: line.includes('='), spans };
}
