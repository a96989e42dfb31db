import { AwspipError } from '../errors.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName } from '../index/types.ts';
import { isVersion } from '../index/versions.ts';
import { printable } from '../printable.ts';

/** The subject of a decision: a project and a version specifier (PEP 440), which is empty for all versions. */
export type Spec = { readonly name: ProjectName; readonly specifier: string };

const anyReleases = 'give a project or releases of it: `request2`, `request2==0.2`, `"request2>=1,<2"`';
const oneRelease = 'give a project or one release of it: `request2`, `request2==0.2`';

/**
 * Parses the subject of a decision.
 *
 * @throws AwspipError `spec-invalid` (64)
 */
export function parseSpec(text: string): Spec {
  return readSpec(text, anyReleases);
}

function readSpec(text: string, hint: string): Spec {
  const requirement = text.length <= 1_000 ? parseRequirement(text) : undefined;
  if (requirement === undefined) throw invalidSpec(text, 'it is not a requirement (PEP 508)', hint);
  const { name, specifier, extras, marker, url } = requirement;
  if (url !== undefined) throw invalidSpec(text, 'decisions do not apply to URLs', hint);
  if (extras.length > 0 || marker !== undefined) {
    throw invalidSpec(text, 'decisions do not distinguish extras and markers', hint);
  }
  return { name, specifier };
}

/**
 * Parses a project and at most one version of it: `NAME` or `NAME==VERSION`.
 *
 * @throws AwspipError `spec-invalid` (64)
 */
export function parsePinned(text: string): { readonly name: ProjectName; readonly version: string | null } {
  const { name, specifier } = readSpec(text, oneRelease);
  if (specifier === '') return { name, version: null };
  const version = specifier.replace(/^===?\s*/, '');
  if (!specifier.startsWith('==') || !isVersion(version))
    throw invalidSpec(text, 'it is not `NAME==VERSION`', oneRelease);
  return { name, version };
}

function invalidSpec(text: string, reason: string, hint: string): AwspipError {
  return new AwspipError('spec-invalid', `\`${printable(text).slice(0, 200)}\` is not a release: ${reason}`, {
    exit: 'usage',
    hint,
  });
}

/** Returns the release as a command-line argument, quoted for a POSIX shell if necessary. */
export function releaseArgument({
  name,
  version,
}: {
  readonly name: string;
  readonly version?: string | null;
}): string {
  return shellQuote(version === null || version === undefined ? name : `${name}==${version}`);
}

/** Quotes an argument for a POSIX shell if necessary. */
export function shellQuote(argument: string): string {
  return /^[\w.=+-]+$/.test(argument) ? argument : `'${printable(argument).replaceAll("'", "'\\''")}'`;
}

const maxReasonLength = 500;

/**
 * Returns the reason of a decision as one line of at most 500 characters.
 *
 * @throws AwspipError `reason-missing` (64)
 */
export function readReason(text: string): string {
  const reason = printable(text).replace(/\s+/g, ' ').trim().slice(0, maxReasonLength);
  if (reason !== '') return reason;
  throw new AwspipError('reason-missing', 'a decision needs a reason', {
    exit: 'usage',
    hint: 'add `--reason "…"`',
  });
}

/**
 * Returns the expiry of a decision in ISO 8601. A date without a time means the end of that day in UTC. `now` is in epoch
 * milliseconds.
 *
 * @throws AwspipError `until-invalid` (64)
 */
export function readUntil(text: string, now: number): string {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDate || isTime ? Date.parse(isDate ? `${text}T23:59:59.999Z` : text) : Number.NaN;
  if (Number.isNaN(time)) throw invalidExpiry(`\`${printable(text).slice(0, 100)}\` is not a date`);
  if (time <= now) throw invalidExpiry(`\`${text}\` is in the past`);
  return new Date(time).toISOString();
}

const spanUnits = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * Parses a length of time, such as `12h`, `7d` or `2w`, and returns milliseconds.
 *
 * @throws AwspipError `span-invalid` (64)
 */
export function readSpan(text: string): number {
  const [, number, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number) * spanUnits[unit as keyof typeof spanUnits];
  throw new AwspipError('span-invalid', `\`${printable(text).slice(0, 100)}\` is not a length of time`, {
    exit: 'usage',
    hint: 'give hours, days or weeks: `12h`, `7d`, `2w`',
  });
}

function invalidExpiry(message: string): AwspipError {
  return new AwspipError('until-invalid', message, {
    exit: 'usage',
    hint: 'give a day, or a time with a UTC offset: `--until 2027-01-31`, `--until 2027-01-31T18:00Z`',
  });
}
