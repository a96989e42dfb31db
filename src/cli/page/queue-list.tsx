import { levelAndScore } from '../messages.ts';
import { localTime } from '../times.ts';
import { Text } from './layout.tsx';
import { type List, type ListEntry, type ListName, listTitles } from './lists.ts';

type QueueListProps = {
  list: ListName;
  search: string;
  found: List;
  selected: ListEntry | undefined;
  /** Whether entries can be checked, for a decision about several. */
  checkable: boolean;
  complete: boolean;
  now: number;
};

/** The list on the left. Its check boxes belong to the form of the card. */
export function QueueList({ list, search, found, selected, checkable, complete, now }: QueueListProps) {
  const { entries, omitted } = found;
  return (
    <nav class="queue" aria-label={listTitles[list]}>
      <h2>{listTitles[list]}</h2>
      {entries.length === 0 ? <p>{search === '' ? 'Nothing is in this list.' : 'No name fits the search.'}</p> : null}
      <ul>
        {entries.map((entry) => {
          const isSelected = entry.spec === selected?.spec;
          return (
            <li class={isSelected ? 'entry selected' : 'entry'}>
              {checkable ? (
                <input
                  type="checkbox"
                  name="spec"
                  form="decide"
                  value={entry.spec}
                  aria-label={`Check ${label(entry)}`}
                />
              ) : null}
              <a href={addressOf(list, search, entry)} aria-current={isSelected ? 'true' : undefined}>
                <span class="subject">
                  <Text of={label(entry)} max={80} />
                </span>
                <span class="state">{stateText(entry, now)}</span>
              </a>
            </li>
          );
        })}
      </ul>
      {omitted > 0 ? <p>{omitted} more; search by name to see them.</p> : null}
      {complete ? null : <p>The table has more entries than were read.</p>}
    </nav>
  );
}

export const label = ({ name, version }: Pick<ListEntry, 'name' | 'version'>): string =>
  version === null ? name : `${name} ${version}`;

function addressOf(list: ListName, search: string, { spec }: ListEntry): string {
  return `./?${new URLSearchParams({ tab: list, ...(search === '' ? {} : { q: search }), release: spec })}`;
}

const stateTexts = { approved: 'approved', denied: 'denied', vetted: 'vetted', ended: 'cooldown ended' } as const;

function stateText({ item, since }: ListEntry, now: number): string {
  if (item === undefined) return `vetted ${localTime(since, now)}`;
  const { state, heldUntil, kind, riskLevel, score, isMalware } = item;
  if (state === 'waiting' && heldUntil !== undefined) return `allowed from ${localTime(heldUntil, now)}`;
  if (state !== 'undecided' && state !== 'waiting') return `${stateTexts[state]}, asked for ${localTime(since, now)}`;
  const level = riskLevel === undefined || score === undefined ? '' : ` (${levelAndScore(riskLevel, score)})`;
  const verdict = isMalware ? 'known malware' : kind === 'HELD' ? 'on hold' : 'blocked';
  return `${verdict}${level}, since ${localTime(since, now)}`;
}
