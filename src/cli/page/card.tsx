import type { Child } from 'hono/jsx';
import { pointsText } from '../../firewall/points-text.ts';
import type { InstallCode } from '../../firewall/types.ts';
import type { QueueItem } from '../../review/queue.ts';
import type { PathRelease } from '../../vetting/hold.ts';
import { outcomeTexts, statusTexts } from '../messages.ts';
import { observedText, scoreOfVerdict } from '../review/explain-text.ts';
import { decisionText } from '../review/queue-text.ts';
import { localTime, withLocalTimes } from '../times.ts';
import type { CardData } from './card-data.ts';
import { type Difference, differences, evidenceView, type Fact } from './card-view.ts';
import { Text } from './layout.tsx';
import type { ListEntry } from './lists.ts';
import { label } from './queue-list.tsx';
import { Table } from './table.tsx';

type CardProps = { entry: ListEntry; data: CardData; now: number; children?: Child };

/** Everything that is on record about one release. What is unknown comes first. `children`: the form. */
export function Card({ entry, data, now, children }: CardProps) {
  const { item } = entry;
  const { evidence, previous } = data;
  const view = evidence === undefined ? undefined : evidenceView(evidence, now);
  const changed =
    evidence === undefined || previous?.evidence === undefined ? [] : differences(previous.evidence, evidence, now);
  return (
    <article class="card" aria-labelledby="release">
      <h2 id="release">
        <Text of={label(entry)} max={120} />
      </h2>
      <Headline entry={entry} data={data} now={now} />
      {view === undefined ? null : <Facts title="Unknown" facts={view.unknown} />}
      {item === undefined ? null : <Reasons item={item} now={now} />}
      {children}
      {view === undefined ? <NoEvidence /> : <Facts title="Facts" facts={view.facts} />}
      {view === undefined ? null : <Code code={view.code} />}
      <Items title="Files that awspip hides" items={withheldTexts(data)} />
      <Items title="What would change the verdict" items={data.wouldChange.map((text) => withLocalTimes(text, now))} />
      <Differences previous={previous?.version} changed={changed} />
      {item === undefined ? null : <Requesters item={item} now={now} />}
      <Items title="Alternatives" items={alternatives(entry, data)} />
      <Items
        title="Decisions about the project"
        items={data.decisions.slice(0, 20).map((one) => `${one.specifier} ${decisionText(one, now)}`)}
      />
    </article>
  );
}

function Headline({ entry, data, now }: { entry: ListEntry; data: CardData; now: number }) {
  const { item } = entry;
  const { record, evidence } = data;
  const verdict = evidence?.verdict;
  return (
    <ul class="headline">
      {item?.decision === undefined ? null : (
        <li>
          <Text of={decisionText(item.decision, now)} max={700} />
        </li>
      )}
      {verdict === undefined ? null : (
        <li>
          Verdict of the policy: <strong>{outcomeTexts[verdict.outcome]}</strong>
          <Text of={observedText(verdict)} max={500} /> ({scoreOfVerdict(verdict)}), judged{' '}
          {localTime(evidence?.judgedAt ?? '', now)} by <Text of={verdict.policyVersion} />
        </li>
      )}
      {record === undefined ? (
        <li>Not on record</li>
      ) : (
        <li>
          On record as {statusTexts[record.status]} since {localTime(record.updatedAt, now)}
          {record.cause === undefined ? null : (
            <>
              : <Text of={record.cause} max={500} />
            </>
          )}
        </li>
      )}
    </ul>
  );
}

const NoEvidence = () => <p>No evidence of this release is on record. `awspip explain` assesses it on your machine.</p>;

function Facts({ title, facts }: { title: string; facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <section class="facts">
      <h3>{title}</h3>
      <Table label={title} columns={['Points', 'Fact', 'Value', 'Source and age']}>
        {facts.map(({ label: text, value, weight, source, age, note, state }) => (
          <tr class={state}>
            <td class="weight">{weight}</td>
            <th scope="row">
              <Text of={text} max={160} />
            </th>
            <td>
              <Text of={value} max={300} />
            </td>
            <td>
              <Text of={note === undefined ? source : `${source}: ${note}`} max={300} />, {age}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Reasons({ item, now }: { item: QueueItem; now: number }) {
  const { reasons, detail, heldUntil, unknownSources = [] } = item;
  return (
    <section>
      <h3>Why it is {item.kind === 'HELD' ? 'on hold' : 'blocked'}</h3>
      <ul>
        {reasons.map(({ text, points }) => (
          <li>
            <Text of={text} max={300} />
            {points === undefined ? null : ` ${pointsText(points)}`}
          </li>
        ))}
        {detail === undefined ? null : (
          <li>
            <Text of={detail} max={500} />
          </li>
        )}
        {heldUntil === undefined ? null : <li>Within cooldown until {localTime(heldUntil, now)}</li>}
        {unknownSources.length === 0 ? null : (
          <li>
            May change once these sources answer: <Text of={unknownSources.join(', ')} max={500} />
          </li>
        )}
      </ul>
    </section>
  );
}

const maxCode = 50;

function Code({ code }: { code: readonly InstallCode[] }) {
  if (code.length === 0) return null;
  return (
    <section>
      <h3>Code that runs at installation or startup</h3>
      <ul>
        {code.slice(0, maxCode).map(({ file, line, reach, word }) => (
          <li>
            <Text of={reach} /> in <Text of={line ? `${file}:${line}` : file} max={200} />
            <pre>
              <code>
                <Text of={word} max={400} />
              </code>
            </pre>
          </li>
        ))}
      </ul>
      {code.length > maxCode ? <p>and {code.length - maxCode} more</p> : null}
    </section>
  );
}

function Items({ title, items }: { title: string; items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {items.map((text) => (
          <li>
            <Text of={text} max={700} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Differences({ previous, changed }: { previous: string | undefined; changed: readonly Difference[] }) {
  if (previous === undefined) return null;
  return (
    <section>
      <h3>
        Compared with <Text of={previous} max={80} />, which was vetted last
      </h3>
      {changed.length === 0 ? <p>No recorded fact differs.</p> : null}
      <ul>
        {changed.map(({ label: text, before, after }) => (
          <li>
            <Text of={text} />: <Text of={before} max={200} /> → <Text of={after} max={200} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Requesters({ item, now }: { item: QueueItem; now: number }) {
  const { requesters, requestersOmitted = 0 } = item;
  return (
    <section>
      <h3>Requested by</h3>
      <ul>
        {requesters.map(({ by, lastAt, neededBy, reason, roots }) => (
          <li>
            <Text of={by} />, {localTime(lastAt, now)}
            {reason === undefined ? null : (
              <>
                : <Text of={reason} max={500} />
              </>
            )}
            <br />
            <small>
              {neededBy.length > 0 ? 'needed by ' : 'asked for '}
              <Text of={neededBy.length > 0 ? neededBy.map(pathText).join(' ← ') : roots.join(', ')} max={500} />
            </small>
          </li>
        ))}
      </ul>
      {requestersOmitted === 0 ? null : <p>and by {requestersOmitted} others</p>}
    </section>
  );
}

const pathText = ({ name, version }: PathRelease): string => (version === undefined ? name : `${name} ${version}`);

function withheldTexts({ withheld }: CardData): readonly string[] {
  return Object.entries(withheld).map(([file, { reasons }]) => `${file}: ${reasons.join('; ')}`);
}

function alternatives({ name, item }: ListEntry, { vettedVersions }: CardData): readonly string[] {
  const similar = item?.similarPackages ?? [];
  return [
    ...(item?.instead === undefined ? [] : [`allowed now: ${name} ${item.instead}`]),
    ...(vettedVersions.length === 0 ? [] : [`vetted versions: ${vettedVersions.slice(0, 10).join(', ')}`]),
    ...(similar.length === 0 ? [] : [`similar names: ${similar.slice(0, 10).join(', ')}`]),
  ];
}
