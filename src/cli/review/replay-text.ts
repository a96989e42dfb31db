import type { Verdict } from '../../firewall/types.ts';
import { printable } from '../../printable.ts';
import type { Change, Replay } from '../../review/replay.ts';
import { count } from '../messages.ts';

/** The changes as people read them, those that would newly be kept out first. */
export function replayText({ policyVersion, replayed, changes, without }: Replay): string {
  const order = (change: Change) => ({ BLOCKED: 0, HELD: 1, ALLOWED: 2 })[change.after.outcome];
  const lines = changes.toSorted((a, b) => order(a) - order(b)).map(changeLine);
  const missing = without.length === 0 ? '' : `; ${count(without.length, 'release')} without evidence left out`;
  const sum = changes.length === 0 ? 'nothing would change' : `${changes.length} would change`;
  return `${count(replayed, 'release')} judged again under ${policyVersion}: ${sum}${missing}\n${lines.join('')}`;
}

export function changeLine({ name, version, before, after, approved }: Change): string {
  const why = after.reasons.map(({ text, points }) => (points === undefined ? text : `${text} +${points}`)).join(', ');
  const move = `${before.outcome} -> ${after.outcome}`.padEnd(18);
  const score = `score ${range(before.score)} -> ${range(after.score)}`;
  const person = approved ? '; approved by a person, so it comes in all the same' : '';
  return `  ${move}  ${printable(`${name} ${version}`)}  ${score}${why === '' ? '' : `  ${printable(why)}`}${person}\n`;
}

export const range = ({ min, max }: Verdict['score']): string => (min === max ? `${max}` : `${min}-${max}`);
