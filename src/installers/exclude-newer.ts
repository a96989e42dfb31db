import * as v from 'valibot';
import { isProjectName, normaliseName } from '../index/names.ts';
import { isoTime, timeBefore, type UploadCutoff } from '../index/upload-cutoff.ts';
import { parseToml } from '../toml.ts';

const value = v.fallback(v.optional(v.string()), undefined);
const perPackage = v.fallback(v.record(v.string(), v.union([v.string(), v.boolean()])), {});
const table = v.object({ 'exclude-newer': value, 'exclude-newer-package': perPackage });
const settings = v.object({ ...table.entries, pip: v.fallback(v.optional(table), undefined) });
const pyproject = v.object({ tool: v.object({ uv: settings }) });

/** What one source says: the value of `exclude-newer`, and those of `exclude-newer-package` by name. */
export type ExcludeNewer = {
  readonly all?: string | undefined;
  /** False: every file of the project counts. */
  readonly projects: Readonly<Record<string, string | boolean>>;
};

/** Reads the options of a command line and their variable. */
export function excludeNewerOf(
  options: readonly { readonly name: string; readonly value?: string }[],
  variable: string | undefined,
): ExcludeNewer {
  const typed = options.findLast(({ name }) => name === '--exclude-newer')?.value;
  const named = options.flatMap(({ name, value: text = '' }) => {
    const equals = text.indexOf('=');
    if (name !== '--exclude-newer-package' || equals < 1) return [];
    const time = text.slice(equals + 1);
    return [[text.slice(0, equals), time === 'false' ? false : time] as const];
  });
  return { all: typed ?? (variable || undefined), projects: Object.fromEntries(named) };
}

/** Reads `uv.toml`, or `[tool.uv]` of a pyproject.toml. `uv pip` prefers the table `pip`. */
export function configuredExcludeNewer(
  text: string,
  file: 'uv.toml' | 'pyproject.toml',
  { isPip }: { readonly isPip: boolean },
): ExcludeNewer | undefined {
  const found = read(text, file);
  if (found === undefined) return undefined;
  const pip = isPip ? found.pip : undefined;
  return {
    all: pip?.['exclude-newer'] ?? found['exclude-newer'],
    projects: { ...found['exclude-newer-package'], ...pip?.['exclude-newer-package'] },
  };
}

function read(text: string, file: 'uv.toml' | 'pyproject.toml'): v.InferOutput<typeof settings> | undefined {
  try {
    const toml = parseToml(text);
    return file === 'uv.toml' ? v.parse(settings, toml) : v.parse(pyproject, toml).tool.uv;
  } catch {
    return undefined;
  }
}

/**
 * Combines sources, the first of which takes precedence, to one cut-off. Undefined if no source has a valid value.
 *
 * @param now epoch milliseconds
 */
export function uploadCutoffOf(sources: readonly ExcludeNewer[], now: number): UploadCutoff | undefined {
  const typed = sources.find(({ all }) => all !== undefined)?.all;
  const all = typed === undefined ? undefined : parseExcludeNewer(typed, now);
  const entries = [...sources]
    .reverse()
    .flatMap(({ projects }) => Object.entries(projects))
    .flatMap(([name, text]) => {
      const time = text === false ? null : typeof text === 'string' ? parseExcludeNewer(text, now) : undefined;
      return time === undefined || !isProjectName(name) ? [] : [[normaliseName(name), time] as const];
    });
  const projects = Object.fromEntries([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (all === undefined && Object.values(projects).every((time) => time === null)) return undefined;
  return { ...(all !== undefined && { all }), ...(entries.length > 0 && { projects }) };
}

/**
 * Returns the ISO time of a value of uv's `exclude-newer` (0.13): a time with an offset, a local date, of which the
 * whole day counts, or a duration in weeks or shorter units. Undefined for a value that uv rejects.
 *
 * @param now epoch milliseconds
 */
export function parseExcludeNewer(text: string, now: number): string | undefined {
  const duration = parseDuration(text.trim());
  if (duration !== undefined) return timeBefore(now, duration);
  const [date, year, month, day, rest = ''] = /^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](.*))?$/.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  if (/^\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/.test(rest)) {
    const [, clock = '', zone = ''] = /^(.*?)([Zz]|[+-][\d:]+)$/.exec(rest) ?? [];
    return isoTime(Date.parse(`${year}-${month}-${day}T${withColons(clock)}${withColons(zone).toUpperCase()}`));
  }
  const next = new Date(Number(year), Number(month) - 1, Number(day) + 1);
  const isDate = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return isDate ? isoTime(next.getTime()) : undefined;
}

/** Returns a time or an offset in the extended format of ISO 8601: `1030` as `10:30`, `+02` as `+02:00`. */
function withColons(text: string): string {
  const extended = text
    .replace(',', '.')
    .replace(/^([+-]?\d\d):?(\d\d)(?::?(\d\d))?/, (_, hours, minutes, seconds) =>
      [hours, minutes, ...(seconds === undefined ? [] : [seconds])].join(':'),
    );
  return /^[+-]\d\d$/.test(extended) ? `${extended}:00` : extended;
}

const second = 1_000;
const units: readonly (readonly [RegExp, number])[] = [
  [/^w(?:k|ks|eek|eeks)?$/, 7 * 86_400 * second],
  [/^d(?:ay|ays)?$/, 86_400 * second],
  [/^h(?:r|rs|our|ours)?$/, 3_600 * second],
  [/^m(?:in|ins|inute|inutes)?$/, 60 * second],
  [/^s(?:ec|ecs|econd|econds)?$/, second],
];

/** Reads a duration: `P1W`, `PT36H`, `1 week`, `1w 2d`, `1 hour, 30 minutes`. Returns milliseconds. */
function parseDuration(text: string): number | undefined {
  const iso = /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/i.exec(text);
  if (iso !== null) {
    const parts = iso.slice(1).map((part) => Number(part ?? 0));
    const isEmpty = iso.slice(1).every((part) => part === undefined);
    return isEmpty ? undefined : parts.reduce((sum, part, at) => sum + part * (units[at]?.[1] ?? 0), 0);
  }
  let total = 0;
  // Each part starts where the last one ended, so a long text takes no longer than its length.
  const part = /(\d{1,9})\s*([a-z]+)\s*,?\s*/iy;
  do {
    const [, count, name = ''] = part.exec(text) ?? [];
    const unit = units.find(([pattern]) => pattern.test(name.toLowerCase()));
    if (unit === undefined) return undefined;
    total += Number(count) * unit[1];
  } while (part.lastIndex < text.length);
  return total;
}
