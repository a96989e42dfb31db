import { duration } from '../times.ts';
import { BarChart, DayChart } from './chart.tsx';
import type { Figures } from './figures.ts';

/** What happened in the last days, and what the queue is about, as pictures with tables. */
export function FiguresTab({ figures }: { figures: Figures }) {
  const { days, shares, decisionTimes, medianDecision, reasons, sources } = figures;
  const median = medianDecision === undefined ? '' : `, median ${span(medianDecision)}`;
  return (
    <>
      <h2>Figures</h2>
      <div class="figures">
        <DayChart title="Requests and verdicts per day" days={days} />
        <BarChart title="Share of requests on hold or blocked" what="Share" bars={shares.slice(-10)} />
        <BarChart title={`Time to the first decision${median}`} what="Releases" bars={decisionTimes} />
        <BarChart title="Most frequent reasons" what="Releases" bars={reasons} />
        <BarChart title="Sources that did not answer" what="Releases" bars={sources} />
      </div>
    </>
  );
}

function span(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  if (hours < 1) return duration(Math.round(milliseconds / 1_000));
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
