import { oneLine } from '../../printable.ts';
import type { Change, Replay } from '../../review/replay.ts';
import { count, outcomeTexts, scoreText } from '../messages.ts';

const order = { BLOCKED: 0, HELD: 1, ALLOWED: 2 } as const;

/** Returns what another policy would change, newly blocked releases first. */
export function replayText({ policyVersion, replayed, changes, without }: Replay): string {
  const lines = changes.toSorted((a, b) => order[a.after.outcome] - order[b.after.outcome]).map(changeLine);
  const skipped = without.length === 0 ? '' : `; skipped ${count(without.length, 'release')} without evidence`;
  const changed = changes.length === 0 ? 'nothing would change' : `${changes.length} would change`;
  return `judged ${count(replayed, 'release')} again under ${policyVersion}: ${changed}${skipped}\n${lines.join('')}`;
}

const changeWidth = 'on hold -> allowed'.length;

function changeLine({ name, version, before, after, approved }: Change): string {
  const change = `${outcomeTexts[before.outcome]} -> ${outcomeTexts[after.outcome]}`.padEnd(changeWidth);
  const score = `score ${scoreText(before.score)} -> ${scoreText(after.score)}`;
  const reasons = after.reasons.map(({ text, points }) => (points === undefined ? text : `${text} +${points}`));
  const approval = approved ? '; allowed by an approval' : '';
  const why = reasons.length === 0 ? '' : `  ${oneLine(reasons.join(', '))}`;
  return `  ${change}  ${oneLine(`${name} ${version}`)}  ${score}${why}${approval}\n`;
}
