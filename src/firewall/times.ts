/** Newest of some times; null as soon as one cannot be read, for that one may be the newest. */
export function newestTime(times: readonly (string | undefined)[]): string | null {
  const read = times.map((time) => Date.parse(time ?? ''));
  if (read.length === 0 || read.some((time) => !Number.isFinite(time))) return null;
  return new Date(read.reduce((a, b) => Math.max(a, b))).toISOString();
}

/** Oldest of some times, of those that can be read. */
export function oldestTime(times: readonly (string | undefined)[]): string | null {
  const read = times.map((time) => Date.parse(time ?? '')).filter(Number.isFinite);
  return read.length === 0 ? null : new Date(read.reduce((a, b) => Math.min(a, b))).toISOString();
}
