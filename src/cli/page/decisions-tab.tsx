import type { Approval } from '../../vetting/types.ts';
import { localTime } from '../times.ts';
import { Text } from './layout.tsx';
import { normalised } from './lists.ts';
import type { Snapshot } from './snapshot.ts';
import { Table } from './table.tsx';

const soonMilliseconds = 14 * 86_400_000;
const maxShown = 200;

/** The decisions in force: those that end within two weeks first. */
export function DecisionsTab({ snapshot, search, now }: { snapshot: Snapshot; search: string; now: number }) {
  const found = snapshot.decisions.filter(({ name }) => name.includes(normalised(search)));
  const endsSoon = ({ expiresAt }: Approval) =>
    expiresAt !== undefined && Date.parse(expiresAt) <= now + soonMilliseconds;
  return (
    <>
      <DecisionTable title="Expires soon" decisions={found.filter(endsSoon)} now={now} />
      <DecisionTable title="In force" decisions={found.filter((one) => !endsSoon(one))} now={now} />
    </>
  );
}

function DecisionTable({ title, decisions, now }: { title: string; decisions: readonly Approval[]; now: number }) {
  return (
    <section class="facts">
      <h2>
        {title} ({decisions.length})
      </h2>
      {decisions.length === 0 ? <p>None.</p> : null}
      {decisions.length === 0 ? null : (
        <Table label={title} columns={['Release', 'Decision', 'By', 'Until', 'Reason']}>
          {decisions.slice(0, maxShown).map(({ name, specifier, kind, owner, expiresAt, reason }) => (
            <tr>
              <th scope="row">
                <Text of={`${name}${specifier}`} max={120} />
              </th>
              <td>{kind === 'approve' ? 'approved' : 'denied'}</td>
              <td>
                <Text of={owner} max={80} />
              </td>
              <td>{expiresAt === undefined ? 'no end' : localTime(expiresAt, now)}</td>
              <td>
                <Text of={reason} max={300} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {decisions.length > maxShown ? <p>{decisions.length - maxShown} more; search by name to see them.</p> : null}
    </section>
  );
}
