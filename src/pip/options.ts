import { optionRows, pipReleases } from './option-rows.ts';

/** One option of pip: its canonical long name, the spellings of all versions, and whether it takes a value. */
export type OptionRow = {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly takesValue: boolean;
  /** For each spelling, the first and last pip that has it, as positions in `pipReleases`. */
  readonly spans: readonly (readonly [first: number, last: number])[];
};

/**
 * Verbs of pip 20.3 to 26.3 that use no index. Every other verb counts as using one, so that a verb of a later pip
 * cannot bypass the relay.
 */
export const verbsWithoutIndex: ReadonlySet<string> = new Set(
  'uninstall freeze inspect list show check config cache hash completion debug help'.split(' '),
);

const newestRelease = pipReleases.length - 1;
const linesByVerb = readLines(optionRows);
const tables = new Map<string, readonly OptionRow[]>();

/** Checks whether a known pip has this verb. */
export function isVerb(name: string): boolean {
  return name !== '' && linesByVerb.has(name);
}

/** Returns the verbs of all known pips. */
export function verbNames(): readonly string[] {
  return [...linesByVerb.keys()].filter((verb) => verb !== '');
}

/** Checks whether the option table covers a version of pip. */
export function isKnownPip(version: string): boolean {
  return sortKey(version) <= sortKey(pipReleases[newestRelease] ?? '');
}

/**
 * Returns the options after a verb, or before any verb if it is undefined. An unknown verb has the options of
 * `install`.
 */
export function optionTable(verb: string | undefined): readonly OptionRow[] {
  const key = verb === undefined ? '' : linesByVerb.has(verb) ? verb : 'install';
  const cached = tables.get(key);
  if (cached) return cached;
  const rowsOf = (name: string) => (linesByVerb.get(name) ?? []).map(readRow);
  const ownRows = key === '' ? [] : rowsOf(key);
  const general = rowsOf('').filter(({ name }) => !ownRows.some((row) => row.name === name));
  const rows = [...general, ...ownRows];
  tables.set(key, rows);
  return rows;
}

/**
 * Returns the option for a long spelling or its abbreviation, as optparse does: an exact match, or a prefix of exactly
 * one spelling.
 *
 * @param pip the version of pip that reads it. If absent, the newest version that understands it.
 */
export function longOption(typed: string, table: readonly OptionRow[], pip?: string): OptionRow | undefined {
  for (const release of tableOrder(pip)) {
    const row = matchingRow(typed, table, release);
    if (row) return row;
  }
  return undefined;
}

function matchingRow(typed: string, table: readonly OptionRow[], release: number): OptionRow | undefined {
  const matches: OptionRow[] = [];
  for (const row of table) {
    for (const [position, spelling] of row.spellings.entries()) {
      const [first, last] = row.spans[position] ?? [0, newestRelease];
      if (release < first || release > last || !spelling.startsWith(typed)) continue;
      if (spelling === typed) return row;
      matches.push(row);
    }
  }
  return matches.length === 1 ? matches[0] : undefined;
}

/** Returns the tables to try, in order: that of the pip itself (or the closest older one), then the newest first. */
function tableOrder(pip: string | undefined): number[] {
  const newestFirst = pipReleases.map((_, position) => newestRelease - position);
  if (pip === undefined) return newestFirst;
  const ownRows = newestFirst.find((position) => sortKey(pipReleases[position] ?? '') <= sortKey(pip)) ?? 0;
  return [ownRows, ...newestFirst.filter((position) => position !== ownRows)];
}

/** Returns a sortable number for a pip version: 2303 for `23.3.2`. */
function sortKey(pip: string): number {
  const [year = 0, release = 0] = pip.split('.').map((part) => Number.parseInt(part, 10));
  return year * 100 + release;
}

function readLines(text: string): Map<string, readonly string[]> {
  const sections = text.trim().split('\n[');
  return new Map(
    sections.map((section, position) => {
      const [verb = '', ...lines] = section.split('\n');
      return position === 0 ? ['', [verb, ...lines]] : [verb.slice(0, -1), lines];
    }),
  );
}

function readRow(line: string): OptionRow {
  const spellingsWithSpans = line.split(' ').map((text) => text.replace('=', '').split('@'));
  const spellings = spellingsWithSpans.map(([spelling = '']) => spelling);
  const spans = spellingsWithSpans.map(([, span = '-']) => {
    const [first = '', last = ''] = span.split('-');
    return [first ? pipReleases.indexOf(first) : 0, last ? pipReleases.indexOf(last) : newestRelease] as const;
  });
  return { name: spellings[0] ?? '', spellings, takesValue: line.includes('='), spans };
}
