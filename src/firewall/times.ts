/** Returns the newest ISO time. Returns null if one time is missing or invalid, because it may be the newest. */
export function newestTime(times: readonly (string | undefined)[]): string | null {
  const parsed = times.map((time) => Date.parse(time ?? ''));
  if (parsed.length === 0 || parsed.some((time) => !Number.isFinite(time))) return null;
  return new Date(parsed.reduce((a, b) => Math.max(a, b))).toISOString();
}

/** Returns the oldest ISO time of those that are valid; null if there is none. */
export function oldestTime(times: readonly (string | undefined)[]): string | null {
  const parsed = times.map((time) => Date.parse(time ?? '')).filter(Number.isFinite);
  return parsed.length === 0 ? null : new Date(parsed.reduce((a, b) => Math.min(a, b))).toISOString();
}
