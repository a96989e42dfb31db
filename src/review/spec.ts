import { AwspipError } from '../errors.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName } from '../index/types.ts';
import { isVersion } from '../index/versions.ts';
import { printable } from '../printable.ts';

/** What a person decides about: a project, and which of its versions; empty for all. */
export type Spec = { readonly name: ProjectName; readonly specifier: string };

/** @throws AwspipError `spec-invalid` (usage) */
export function parseSpec(text: string): Spec {
  const requirement = text.length <= 1_000 ? parseRequirement(text) : undefined;
  if (requirement === undefined) throw invalid(text, 'it cannot be read');
  const { name, specifier, extras, marker, url } = requirement;
  if (url !== undefined) throw invalid(text, 'an address has no releases to decide about');
  if (extras.length > 0 || marker !== undefined) throw invalid(text, 'extras and markers decide nothing here');
  return { name, specifier };
}

/** A project and at most one version of it: `NAME` or `NAME==V`. @throws AwspipError `spec-invalid` (usage) */
export function parsePinned(text: string): { readonly name: ProjectName; readonly version: string | null } {
  const { name, specifier } = parseSpec(text);
  if (specifier === '') return { name, version: null };
  const version = specifier.replace(/^===?\s*/, '');
  if (!specifier.startsWith('==') || !isVersion(version)) throw invalid(text, 'one version at a time: `NAME==VERSION`');
  return { name, version };
}

function invalid(text: string, why: string): AwspipError {
  return new AwspipError('spec-invalid', `\`${printable(text).slice(0, 200)}\` names no release: ${why}`, {
    exit: 'usage',
    hint: 'name a project or a release of it: `request2`, `request2==0.2`, `"request2>=1,<2"`',
  });
}

/** The release as a word of a command line to type: quoted where a shell would read more into it. */
export function typed({ name, version }: { readonly name: string; readonly version?: string | null }): string {
  return quoted(version === null || version === undefined ? name : `${name}==${version}`);
}

/** A word as a POSIX shell takes it. */
export function quoted(word: string): string {
  return /^[\w.=+-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", "'\\''")}'`;
}

const maxReasonLength = 500;

/** A reason as it is kept: one line. @throws AwspipError `reason-missing` (usage) */
export function readReason(text: string): string {
  const reason = printable(text).replace(/\s+/g, ' ').trim().slice(0, maxReasonLength);
  if (reason !== '') return reason;
  throw new AwspipError('reason-missing', 'a decision needs a reason: whoever reads the record will ask for it', {
    exit: 'usage',
    hint: 'say why with `--reason "…"`',
  });
}

/**
 * The end of a decision, ISO: a bare date counts to its end, in UTC. `now` in epoch milliseconds.
 *
 * @throws AwspipError `until-invalid` (usage)
 */
export function readUntil(text: string, now: number): string {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDate || isTime ? Date.parse(isDate ? `${text}T23:59:59.999Z` : text) : Number.NaN;
  if (Number.isNaN(time)) throw unreadable(`\`${printable(text).slice(0, 100)}\` is no date`);
  if (time <= now) throw unreadable(`${text} has passed`);
  return new Date(time).toISOString();
}

function unreadable(message: string): AwspipError {
  return new AwspipError('until-invalid', message, {
    exit: 'usage',
    hint: 'give the last day, or a time with its zone: `--until 2027-01-31`, `--until 2027-01-31T18:00Z`',
  });
}
