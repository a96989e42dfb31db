import type { Child } from 'hono/jsx';
import { type Bar, type Day, verdicts } from './figures.ts';
import { Text } from './layout.tsx';
import { shownText } from './shown-text.ts';

const width = 480;
const rowHeight = 26;
const columnHeight = 140;

/** A caption, a picture, and the same values as a table for those who don't see it. */
function Figure({ title, head, rows, children }: FigureProps) {
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {rows.length === 0 ? <p>No data yet.</p> : children}
      {rows.length === 0 ? null : (
        <details>
          <summary>{title}, as a table</summary>
          <table>
            <thead>
              <tr>
                {head.map((text) => (
                  <th scope="col">{text}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(([first = '', ...others]) => (
                <tr>
                  <th scope="row">
                    <Text of={first} />
                  </th>
                  {others.map((text) => (
                    <td>{text}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </figure>
  );
}

type FigureProps = {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  children?: Child;
};

/** Shows values as bars, each below its label. `what`: the head of the column of values. */
export function BarChart({ title, what, bars }: { title: string; what: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <Figure title={title} head={['', what]} rows={bars.map(({ label, text }) => [label, text])}>
      <svg viewBox={`0 0 ${width} ${bars.length * rowHeight * 1.5}`} role="img" aria-label={`${title}, as bars`}>
        {bars.map(({ label, value, text }, at) => {
          const y = at * rowHeight * 1.5;
          const length = Math.round((value / most) * (width - 80));
          return (
            <g>
              <text x="0" y={y + 13}>
                {shownText(label, 70)}
              </text>
              <rect class="bar" x="0" y={y + 18} width={length} height="14" />
              <text x={length + 6} y={y + 30}>
                {text}
              </text>
            </g>
          );
        })}
      </svg>
    </Figure>
  );
}

const verdictTexts = { SECURE: 'vetted', HELD: 'on hold', BLOCKED: 'blocked', ERROR: 'failed' } as const;

/** Patterns that tell the verdicts apart without colour. */
const patterns = { SECURE: '', HELD: 'M0 6L6 0', BLOCKED: 'M0 0L6 6M0 6L6 0', ERROR: 'M0 3H6' } as const;

/** Shows the requests of each day as a column, by their verdict. */
export function DayChart({ title, days }: { title: string; days: readonly Day[] }) {
  const totals = days.map(({ counts }) => verdicts.reduce((sum, verdict) => sum + counts[verdict], 0));
  const most = Math.max(1, ...totals);
  const step = width / Math.max(1, days.length);
  const rows = days
    .filter((_, at) => (totals[at] ?? 0) > 0)
    .map(({ day, counts }) => [day, ...verdicts.map((verdict) => String(counts[verdict]))]);
  return (
    <Figure title={title} head={['Day', ...verdicts.map((verdict) => verdictTexts[verdict])]} rows={rows}>
      <svg viewBox={`0 0 ${width} ${columnHeight + 50}`} role="img" aria-label={`${title}, as columns`}>
        <defs>
          {verdicts.map((verdict) => (
            <pattern id={`pattern-${verdict}`} width="6" height="6" patternUnits="userSpaceOnUse">
              <path d={patterns[verdict]} class="stroke" />
            </pattern>
          ))}
        </defs>
        {days.map((day, at) => (
          <Column day={day} x={at * step} width={step - 2} scale={columnHeight / most} />
        ))}
        <text x="0" y={columnHeight + 14}>
          {days[0]?.day ?? ''}
        </text>
        <text x={width} y={columnHeight + 14} text-anchor="end">
          {days.at(-1)?.day ?? ''}
        </text>
        {verdicts.map((verdict, at) => (
          <g>
            <Box verdict={verdict} x={at * 110} y={columnHeight + 28} width={14} height={14} />
            <text x={at * 110 + 20} y={columnHeight + 40}>
              {verdictTexts[verdict]}
            </text>
          </g>
        ))}
      </svg>
      <p>Most in a day: {most}</p>
    </Figure>
  );
}

function Column({ day, x, width: columnWidth, scale }: { day: Day; x: number; width: number; scale: number }) {
  let top = columnHeight;
  return (
    <g>
      {verdicts.map((verdict) => {
        const height = day.counts[verdict] * scale;
        top -= height;
        return height === 0 ? null : <Box verdict={verdict} x={x} y={top} width={columnWidth} height={height} />;
      })}
    </g>
  );
}

type BoxProps = { verdict: (typeof verdicts)[number]; x: number; y: number; width: number; height: number };

function Box({ verdict, x, y, width: boxWidth, height }: BoxProps) {
  const place = { x: round(x), y: round(y), width: round(boxWidth), height: round(height) };
  return (
    <>
      <rect class={verdict} {...place} />
      <rect fill={`url(#pattern-${verdict})`} {...place} />
    </>
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
