import { isoTime, timeBefore } from '../index/upload-cutoff.ts';

const day = 86_400_000;

/**
 * Returns the ISO time of a value of `--uploaded-prior-to` (pip 26.3): a number of days such as `P3D`, or a time as
 * Python's `datetime.fromisoformat` reads it, local without an offset. Undefined for a value that pip rejects.
 *
 * @param now epoch milliseconds
 */
export function parseUploadedPriorTo(value: string, now: number): string | undefined {
  const days = /^P(\d{1,9})D$/.exec(value)?.[1];
  if (days !== undefined) return timeBefore(now, Number(days) * day);
  const milliseconds = parseIsoTime(value);
  return milliseconds === undefined ? undefined : isoTime(milliseconds);
}

const datePattern = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-?W(\d\d)(?:-?(\d))?)(?:[\s\S](.+))?$/;
const timePattern =
  /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(Z|[+-](\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?)?$/;

/** Reads an ISO 8601 time (https://docs.python.org/3/library/datetime.html#datetime.datetime.fromisoformat). */
function parseIsoTime(text: string): number | undefined {
  const [match, year = '', month, date, basicMonth, basicDate, week, weekday, rest] = datePattern.exec(text) ?? [];
  const time = readTime(rest);
  if (match === undefined || time === undefined) return undefined;
  const days =
    week === undefined
      ? dayOf(Number(year), Number(month ?? basicMonth), Number(date ?? basicDate))
      : dayOfWeek(Number(year), Number(week), Number(weekday ?? 1));
  if (days === undefined) return undefined;
  const { clock, offset } = time;
  if (offset !== undefined) return days * day + clock - offset;
  const utc = new Date(days * day);
  const local = new Date(2000, 0, 1);
  local.setFullYear(utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate());
  local.setHours(0, 0, 0, clock);
  return local.getTime();
}

/** Returns the milliseconds since midnight, and the offset from UTC if there is one. */
function readTime(text: string | undefined): { readonly clock: number; readonly offset?: number } | undefined {
  if (text === undefined) return { clock: 0 };
  const [match, hours, minutes = '0', seconds = '0', fraction = '', zone, zoneHours, zoneMinutes = '0', zoneSeconds] =
    timePattern.exec(text) ?? [];
  if (match === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const clock = inMilliseconds(hours, minutes, seconds) + Math.floor(Number(`0.${fraction || '0'}`) * 1_000);
  if (zone === undefined) return { clock };
  const offset = zone === 'Z' ? 0 : inMilliseconds(zoneHours, zoneMinutes, zoneSeconds ?? '0');
  return { clock, offset: zone.startsWith('-') ? -offset : offset };
}

function inMilliseconds(hours = '0', minutes = '0', seconds = '0'): number {
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}

/** Returns the days since 1970-01-01 of a date that exists. */
function dayOf(year: number, month: number, date: number): number | undefined {
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, date);
  const exists = utc.getUTCFullYear() === year && utc.getUTCMonth() === month - 1 && utc.getUTCDate() === date;
  return exists && year > 0 ? utc.getTime() / day : undefined;
}

/** Returns the days since 1970-01-01 of a day of an ISO week. Week 1 contains January 4. */
function dayOfWeek(year: number, week: number, weekday: number): number | undefined {
  const fourth = dayOf(year, 1, 4);
  if (fourth === undefined || week < 1 || week > 53 || weekday < 1 || weekday > 7) return undefined;
  const isoWeekday = ((((fourth + 3) % 7) + 7) % 7) + 1;
  return fourth - isoWeekday + 1 + (week - 1) * 7 + weekday - 1;
}
