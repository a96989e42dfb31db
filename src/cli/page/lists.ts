import { isDecided, type QueueItem } from '../../review/queue.ts';
import type { ReleaseRecord } from '../../vetting/types.ts';
import type { Snapshot } from './snapshot.ts';

/** The lists of releases, by their name in the address. */
export const listTitles = {
  hold: 'On hold',
  age: 'Waiting for age',
  blocked: 'Blocked',
  vetted: 'Vetted',
} as const;

export type ListName = keyof typeof listTitles;

/** One release of a list. */
export type ListEntry = {
  /** `NAME==VERSION`, or the name if the hold is about the project. */
  readonly spec: string;
  readonly name: string;
  readonly version: string | null;
  /** ISO time at which it was asked for, or vetted. */
  readonly since: string;
  readonly item?: QueueItem | undefined;
  readonly record?: ReleaseRecord | undefined;
};

/** The entries that a list shows, and the number of the others. */
export type List = { readonly entries: readonly ListEntry[]; readonly omitted: number };

const maxEntries = 200;

/** Returns the entries of a list whose name contains the search text; the longest wait first, the last vetted first. */
export function listOf(snapshot: Snapshot, list: ListName, search: string): List {
  const wanted = normalised(search);
  const found = entriesOf(snapshot, list).filter(({ name }) => name.includes(wanted));
  return { entries: found.slice(0, maxEntries), omitted: Math.max(0, found.length - maxEntries) };
}

/** Returns how many entries each list has. */
export function listCounts(snapshot: Snapshot): Readonly<Record<ListName, number>> {
  const count = (list: ListName) => entriesOf(snapshot, list).length;
  return { hold: count('hold'), age: count('age'), blocked: count('blocked'), vetted: count('vetted') };
}

export const normalised = (search: string): string =>
  search
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-');

function entriesOf({ items, vetted }: Snapshot, list: ListName): readonly ListEntry[] {
  switch (list) {
    case 'hold':
      return items.filter(({ state, kind }) => state === 'undecided' && kind === 'HELD').map(entryOf);
    case 'age':
      return items.filter(({ state }) => state === 'waiting' || state === 'ended').map(entryOf);
    case 'blocked':
      return items
        .filter(({ state, kind }) => state === 'denied' || (state === 'undecided' && kind === 'BLOCKED'))
        .map(entryOf);
    case 'vetted': {
      const decided = items.filter((item) => isDecided(item) && item.state !== 'denied').toReversed();
      const asked = new Map(decided.map((item) => [specOf(item), entryOf(item)]));
      const others = vetted.filter((record) => !asked.has(specOf(record))).map(recordEntry);
      return [...asked.values(), ...others];
    }
  }
}

const specOf = ({ name, version }: { readonly name: string; readonly version: string | null }): string =>
  version === null ? name : `${name}==${version}`;

function entryOf(item: QueueItem): ListEntry {
  const { name, version, since } = item;
  return { spec: specOf(item), name, version, since, item };
}

function recordEntry(record: ReleaseRecord): ListEntry {
  const { name, version, updatedAt } = record;
  return { spec: specOf(record), name, version, since: updatedAt, record };
}
