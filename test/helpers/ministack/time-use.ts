/** A period of time in epoch milliseconds. */
export type Period = { readonly at: number; readonly until: number };

/** What the time between a request and its verdict was used for, in milliseconds. The parts add up to the total. */
export type TimeUse = {
  readonly total: number;
  /** At least one call of AWS was in flight. */
  readonly calls: number;
  /** Otherwise, at least one instance of a function started. */
  readonly coldStarts: number;
  /** Otherwise, at least one import was in progress. */
  readonly imports: number;
  /** None of these: computing, pauses, and the emulator's own time. */
  readonly rest: number;
};

type Activities = {
  readonly calls: readonly Period[];
  readonly coldStarts: readonly Period[];
  readonly imports: readonly Period[];
};

/** Returns what a period was used for. What happens at the same time counts once, as the first that applies. */
export function timeUse(total: Period, { calls, coldStarts, imports }: Activities): TimeUse {
  const first = covered(total, calls);
  const second = covered(total, [...calls, ...coldStarts]);
  const third = covered(total, [...calls, ...coldStarts, ...imports]);
  const length = total.until - total.at;
  return { total: length, calls: first, coldStarts: second - first, imports: third - second, rest: length - third };
}

/** Returns how many milliseconds of `total` at least one of the periods covers. */
export function covered(total: Period, periods: readonly Period[]): number {
  let sum = 0;
  let reached = total.at;
  for (const { at, until } of periods.toSorted((a, b) => a.at - b.at)) {
    const from = Math.max(reached, at);
    const to = Math.min(total.until, until);
    if (to <= from) continue;
    sum += to - from;
    reached = to;
  }
  return sum;
}

/** Returns the largest number of periods of which none overlaps another: how many follow one another. */
export function serialCount(periods: readonly Period[]): number {
  let count = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { at, until } of periods.toSorted((a, b) => a.until - b.until)) {
    if (at < reached) continue;
    count += 1;
    reached = until;
  }
  return count;
}
