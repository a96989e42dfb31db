import { pointsText } from '../../firewall/points-text.ts';
import { oneLine } from '../../printable.ts';
import type { Change, Replay } from '../../review/replay.ts';
import { count, outcomeTexts, scoreText } from '../messages.ts';
import { wrap } from '../wrap.ts';

const order = { BLOCKED: 0, HELD: 1, ALLOWED: 2 } as const;

/** Returns what another policy would change, newly blocked releases first. */
export function replayText(
  { policyVersion, replayed, changes, without, asked, notRecorded, vettings }: Replay,
  columns: number,
): string {
  const blocks = changes
    .toSorted((a, b) => order[a.after.outcome] - order[b.after.outcome])
    .map((change) => changeBlock(change, columns));
  const skipped = without.length === 0 ? '' : `; skipped ${count(without.length, 'release')} without evidence`;
  const changed = changes.length === 0 ? 'nothing would change' : `${changes.length} would change`;
  const again = asked === 0 ? '' : `; asked again for signals of ${count(asked, 'release')}`;
  const open = notRecorded
    .slice(0, maxOpen)
    .map(({ name, version, signals }) =>
      wrap(`  not recorded for ${oneLine(`${name} ${version}`)}: ${signals.join(', ')}`, columns, '    '),
    );
  const omitted = notRecorded.length - open.length;
  const more = omitted > 0 ? [`  and ${omitted} more releases with signals that are not recorded`] : [];
  const sum = `judged ${count(replayed, 'release')} again under ${policyVersion}: ${changed}${skipped}${again}`;
  return `${[wrap(sum, columns, '  '), ...blocks, ...open, ...more, ...vettingLines(vettings)].join('\n')}\n`;
}

function vettingLines(vettings: Replay['vettings']): string[] {
  if (vettings === undefined || vettings.total === 0) return [];
  const total = `${vettings.complete ? '' : 'the newest '}${count(vettings.total, 'vetting')}`;
  return [`enforced, it would have stopped ${vettings.stopped} of ${total} on record`];
}

/** The most releases listed whose signals are not recorded. */
const maxOpen = 10;

const changeWidth = 'on hold -> allowed'.length;
const indent = ' '.repeat(changeWidth + 4);

/** Returns a change with its scores, and the reasons of the other policy below it. */
function changeBlock({ name, version, before, after, approved }: Change, columns: number): string {
  const change = `${outcomeTexts[before.outcome]} -> ${outcomeTexts[after.outcome]}`.padEnd(changeWidth);
  const score = `score ${scoreText(before.score)} -> ${scoreText(after.score)}`;
  const approval = approved ? '; allowed by an approval' : '';
  const reasons = after.reasons.map(({ text, points }) =>
    points === undefined ? text : `${text} ${pointsText(points)}`,
  );
  return [
    `  ${change}  ${oneLine(`${name} ${version}`)}  ${score}${approval}`,
    ...(reasons.length === 0 ? [] : [`${indent}${oneLine(reasons.join(', '))}`]),
  ]
    .map((line) => wrap(line, columns, indent))
    .join('\n');
}
