import type { Change, Replay } from '../../review/replay.ts';
import { count, outcomeTexts, scoreText } from '../messages.ts';
import { Text } from './layout.tsx';
import { Table } from './table.tsx';

const order = { BLOCKED: 0, HELD: 1, ALLOWED: 2 } as const;
const maxShown = 300;

/** The form that takes a policy file, and what it would change. */
export function ReplayTab({ token, result }: { token: string; result?: Replay | undefined }) {
  return (
    <>
      <h2>Try a policy</h2>
      <form class="decide" method="post" action="replay" enctype="multipart/form-data">
        <p>Judges the evidence on record under the policy of a file, as if it were enforced. Nothing is changed.</p>
        <input type="hidden" name="token" value={token} />
        <label for="policy">Policy file (YAML or JSON, at most 1 MiB)</label>
        <input id="policy" name="policy" type="file" required />
        <button type="submit" class="main">
          Show what would change
        </button>
      </form>
      {result === undefined ? null : <Result result={result} />}
    </>
  );
}

function Result({ result }: { result: Replay }) {
  const { policyVersion, replayed, changes, without, notRecorded, vettings } = result;
  const sorted = changes.toSorted((a, b) => order[a.after.outcome] - order[b.after.outcome]);
  return (
    <section class="facts" aria-labelledby="result">
      <h3 id="result">
        {changes.length === 0 ? 'Nothing would change' : `${count(changes.length, 'verdict')} would change`}
      </h3>
      <ul>
        <li>
          Judged {count(replayed, 'release')} again under <Text of={policyVersion} />
        </li>
        {vettings === undefined || vettings.total === 0 ? null : (
          <li>
            Enforced, it would have stopped {vettings.stopped} of {vettings.complete ? '' : 'the newest '}
            {count(vettings.total, 'vetting')} on record
          </li>
        )}
        {without.length === 0 ? null : <li>Skipped {count(without.length, 'release')} without evidence</li>}
        {notRecorded.length === 0 ? null : (
          <li>{count(notRecorded.length, 'release')} with signals that are not recorded</li>
        )}
      </ul>
      {sorted.length === 0 ? null : (
        <Table label="Changed verdicts" columns={['Release', 'Verdict', 'Score', 'Reasons']}>
          {sorted.slice(0, maxShown).map((change) => (
            <ChangeRow change={change} />
          ))}
        </Table>
      )}
      {sorted.length > maxShown ? <p>and {sorted.length - maxShown} more</p> : null}
    </section>
  );
}

function ChangeRow({ change: { name, version, before, after, approved } }: { change: Change }) {
  return (
    <tr>
      <th scope="row">
        <Text of={`${name} ${version}`} max={120} />
      </th>
      <td>
        {outcomeTexts[before.outcome]} → {outcomeTexts[after.outcome]}
        {approved ? ', allowed by an approval' : ''}
      </td>
      <td>
        {scoreText(before.score)} → {scoreText(after.score)}
      </td>
      <td>
        <Text of={after.reasons.map(({ text }) => text).join(', ')} max={500} />
      </td>
    </tr>
  );
}
