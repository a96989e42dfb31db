const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365.25 * day;

/** Returns a time as people read it, in local time: `Nov 26, 22:44 (in 5 h)`. `time` is ISO 8601, `now` epoch ms. */
export function localTime(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return 'an unknown time';
  const otherYear = new Date(at).getFullYear() !== new Date(now).getFullYear();
  const text = new Intl.DateTimeFormat('en-US', {
    ...(otherYear && { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
  return `${text} (${relativeTime(at - now)})`;
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Returns a text with its ISO times as people read them. `now` is in epoch ms. */
export function withLocalTimes(text: string, now: number): string {
  return text.replace(isoTime, (time) => localTime(time, now));
}

/** Returns how long ago a time was: `5 min ago`. `time` is ISO 8601, `now` epoch ms. */
export function age(time: string, now: number): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? 'at an unknown time' : relativeTime(Math.min(0, at - now));
}

/** Returns a distance in milliseconds, rounded to the largest unit that fits: `in 5 h`, `2 days ago`. */
function relativeTime(distance: number): string {
  const length = Math.abs(distance);
  if (length < minute) return distance > 0 ? 'in less than a minute' : 'just now';
  const span = describeSpan(length);
  return distance > 0 ? `in ${span}` : `${span} ago`;
}

function describeSpan(length: number): string {
  if (length < 90 * minute) return `${Math.round(length / minute)} min`;
  if (length < 2 * day) return `${Math.round(length / hour)} h`;
  if (length < 2 * year) return `${Math.round(length / day)} days`;
  return `${Math.floor(length / year)} years`;
}

/** Returns a duration in seconds as people read it: `26.7 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
