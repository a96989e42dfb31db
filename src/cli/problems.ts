import { AwspipError } from '../errors.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { InstallResult, Mismatch } from '../install/types.ts';
import type { RelayFailure } from '../relay/types.ts';
import type { NotFoundCause, Refusal } from '../vetting/types.ts';
import { describeStep, detailOf, list, verdictOf } from './messages.ts';
import { hintOf } from './present-error.ts';
import type { ProblemCode } from './problem-codes.ts';
import {
  details,
  type FileChoice,
  failureHints,
  fittingHint,
  type Hints,
  hintsOf,
  insteadHint,
  spellingHint,
} from './problem-hints.ts';
import { duration } from './times.ts';

/** One reason why an install failed, with the hints that belong to it. */
export type Problem = {
  /** Stable; part of the report's schema. */
  readonly code: ProblemCode;
  readonly name?: string | undefined;
  readonly version?: string | null | undefined;
  /** The requested project that needs this one. */
  readonly neededBy?: string | undefined;
  /** Where the requirement stands: `requirements.txt:3`. Absent for an argument. */
  readonly location?: string | undefined;
  /** One line. */
  readonly message: string;
  readonly hint: string;
  readonly secondHint?: string | undefined;
  /** ISO 8601; when a hold for age ends. */
  readonly heldUntil?: string | undefined;
  /** The newest allowed version. */
  readonly instead?: string | undefined;
  /** The command that installs `instead`, or the project with the similar name. */
  readonly command?: string | undefined;
  /** How long the command waited for a verdict. */
  readonly seconds?: number | undefined;
  /** The code of the awspip error that ended the command. */
  readonly errorCode?: string | undefined;
};

/** What a problem depends on, other than the result. */
export type ProblemContext = {
  /** What follows `awspip` in a command to type: `install`, `exec -- uv add`. */
  readonly verb?: string | undefined;
  /** How long the command waited for the last verdict. */
  readonly seconds?: number | undefined;
  /** Where requirements stand that are not arguments, by their text. */
  readonly locations?: ReadonlyMap<string, string> | undefined;
  /** Whether other people decide about holds and blocks. */
  readonly asks?: boolean | undefined;
  /** Which files the command asked for. */
  readonly files?: Omit<FileChoice, 'isExec'> | undefined;
};

/** Returns why an install failed; nothing if pip ended it. */
export function problemsOf({ ending }: InstallResult, context: ProblemContext = {}): readonly Problem[] {
  switch (ending.kind) {
    case 'pip':
      return [];
    case 'interrupted':
      return [problem('interrupted', 'interrupted while pip ran', hintsOf('interrupted'))];
    case 'conflict':
      return [problem('conflict', 'the requirements contradict each other', hintsOf('conflict'))];
    case 'no-progress':
      return [noProgress(ending)];
    case 'mismatch':
      return ending.mismatches.map(({ name, version, ...mismatch }) => ({
        ...problem(
          'unvetted',
          unvettedMessage({ name, version, ...mismatch }),
          mismatch.environment === undefined
            ? hintsOf('unvetted', { name: name as Refusal['name'] })
            : [`remove it from \`${mismatch.environment}\`, and find out what installed it`],
        ),
        ...{ name, version },
      }));
    case 'relay-failure':
      return troubleProblems(ending.observed.failures);
    case 'vetting':
      return vettingProblems(ending.answer, context);
  }
}

/** Names the file, the environment and the origin of a release that was not vetted, as far as they are known. */
function unvettedMessage({ name, version, file, reason, environment, origin }: Mismatch): string {
  const release = `${name} ${version}`;
  const subject = file === release ? release : `${file} (${release})`;
  const place = environment === undefined ? '' : ` in \`${environment}\``;
  const source = origin === undefined || origin === file ? '' : ` from \`${origin}\``;
  return `${subject} was installed${place}${source}, but ${reason}`;
}

function problem(code: ProblemCode, message: string, [hint, secondHint]: Hints): Problem {
  return { code, message, hint, ...(secondHint !== undefined && { secondHint }) };
}

function noProgress({ requirements, files }: Extract<InstallResult['ending'], { kind: 'no-progress' }>): Problem {
  if (files.length > 0) {
    return problem(
      'no-progress',
      `the lock file pins another sha256 of ${list(files)} than the vetted repository has`,
      ['find out who changed the file, or write the lock file again with `awspip lock`'],
    );
  }
  if (requirements.length === 0) {
    return problem('no-progress', 'everything requested is vetted, but pip failed for another reason', [
      'read the message of pip above',
    ]);
  }
  return problem(
    'no-progress',
    `everything requested is vetted, but pip still misses ${list(requirements)}`,
    hintsOf('no-progress'),
  );
}

function vettingProblems(
  { kind, record }: Extract<InstallResult['ending'], { kind: 'vetting' }>['answer'],
  context: ProblemContext,
): readonly Problem[] {
  if (kind === 'still-running') {
    const { seconds } = context;
    const waited = seconds === undefined ? '' : ` after ${duration(seconds)}`;
    const message = `the packages are still being vetted${waited} (${describeStep(record)})`;
    return [{ ...problem('still-vetting', message, hintsOf('still-vetting')), seconds }];
  }
  if (kind === 'error') {
    const { cause = 'no cause was recorded' } = record;
    return [problem('vetting-failed', `the vetting failed: ${cause}`, failureHints(cause))];
  }
  return record.refusals
    .filter(({ fatal }) => fatal)
    .map((refusal) => problemOf(refusal, { ...context, ...requested(refusal, record.roots, context) }));
}

type Requested = { readonly extras: string; readonly location: string | undefined };

/** Returns how the requirement behind a refusal was written: its extras in brackets, and where it stands. */
function requested(
  { name, neededBy }: Pick<Refusal, 'name' | 'neededBy'>,
  roots: readonly string[],
  { locations }: ProblemContext,
): Requested {
  const parsed = roots.map((text) => ({ text, requirement: parseRequirement(text) }));
  const own = parsed.find(({ requirement }) => requirement?.name === name)?.requirement;
  const root = parsed.filter(({ requirement }) => requirement?.name === (neededBy ?? name));
  return {
    extras: own === undefined || own.extras.length === 0 ? '' : `[${own.extras.join(',')}]`,
    location: root.flatMap(({ text }) => locations?.get(text) ?? [])[0],
  };
}

/** Returns the problem of a refusal that stops a requirement. `extras` are those of the requirement, in brackets. */
export function problemOf(
  refusal: Refusal,
  { verb = 'install', extras = '', location, files, asks }: ProblemContext & Partial<Requested> = {},
): Problem {
  const { name, version, instead, neededBy, heldUntil } = refusal;
  const code = codeOf(refusal);
  const facts = { name, version, instead, neededBy, heldUntil, location };
  const message = messageOf(refusal);
  if (instead !== undefined) {
    const requirement = `${name}${extras}==${instead}`;
    const command = `awspip ${verb} '${requirement}'`;
    const judged = refusal.kind === 'BLOCKED' || refusal.kind === 'HELD';
    const hint = insteadHint(instead, { requirement, command, location });
    return { ...facts, ...problem(code, message, judged ? [hint, details(refusal)] : [hint]), command };
  }
  const [near] = refusal.similarPackages;
  if (code === 'unknown-project' && near !== undefined) {
    const command = `awspip ${verb} ${extras === '' ? near : `'${near}${extras}'`}`;
    return {
      ...facts,
      ...problem(code, message, [spellingHint(near, { requirement: `${near}${extras}`, command, location })]),
      command,
    };
  }
  if (code === 'no-file-for-this-python' && files !== undefined) {
    const hint = fittingHint({ ...files, isExec: verb.startsWith('exec') });
    return { ...facts, ...problem(code, message, [hint]) };
  }
  return { ...facts, ...problem(code, message, hintsOf(code, { ...refusal, asks })) };
}

const notFoundCodes: Readonly<Record<NotFoundCause, ProblemCode>> = {
  'no-project': 'unknown-project',
  private: 'private-name',
  'no-release': 'no-release',
  'no-version': 'unknown-version',
  'no-file': 'no-file-for-this-python',
  unusable: 'unusable',
  yanked: 'yanked',
  'uploaded-later': 'uploaded-later',
  constraint: 'excluded-by-constraint',
  conflict: 'conflict',
};

function codeOf({ kind, because, heldUntil }: Refusal): ProblemCode {
  switch (kind) {
    case 'NOT_FOUND':
      return because === undefined ? 'unknown-version' : notFoundCodes[because];
    case 'BLOCKED':
      return 'blocked';
    case 'HELD':
      return heldUntil === undefined ? 'on-hold' : 'within-cooldown';
    case 'ERROR':
      return 'vetting-failed';
  }
}

/** Returns the message for reports and build servers, with times in ISO 8601. */
function messageOf(refusal: Refusal): string {
  const { name, version, reasons, neededBy, heldUntil } = refusal;
  const facts = [
    ...reasons.map(({ text }) => text),
    detailOf(refusal),
    heldUntil && `allowed from ${heldUntil}`,
    neededBy && `needed by ${neededBy}`,
  ];
  const reason = facts.filter(Boolean).join('; ');
  return `${version === null ? `\`${name}\`` : `${name} ${version}`} ${verdictOf(refusal)}${reason === '' ? '' : `: ${reason}`}`;
}

/** Returns the most serious kind of trouble between relay and repository, each cause once. */
function troubleProblems(trouble: readonly RelayFailure[]): readonly Problem[] {
  const known = trouble.find(({ error }) => error instanceof AwspipError)?.error;
  if (known instanceof AwspipError) return [problemOfError(known)];
  const [first] = bySeriousness.flatMap((kind) => trouble.find((one) => one.kind === kind) ?? []);
  if (first === undefined) return [];
  const code = troubleCode(first);
  const same = trouble.filter((one) => troubleCode(one) === code);
  const causes = new Map(same.map(({ cause, hint }) => [cause, hint]));
  return [...causes]
    .slice(0, 3)
    .map(([cause, hint]) => problem(code, cause, hint === undefined ? hintsOf(code) : [hint]));
}

/** Returns the problem of an error that ended the command. */
export function problemOfError(error: AwspipError): Problem {
  const { code, message } = error;
  return { code: errorCodes[code] ?? 'error', errorCode: code, message, hint: hintOf(error) };
}

const errorCodes: Readonly<Partial<Record<string, ProblemCode>>> = {
  'repository-unknown': 'repository-unknown',
  'token-denied': 'token-denied',
  'access-denied': 'permission-denied',
  'aws-denied': 'permission-denied',
  'aws-throttled': 'throttled',
  'aws-failed': 'unavailable',
  'aws-unreachable': 'unavailable',
  'aws-unavailable': 'unavailable',
  'repository-unreachable': 'unavailable',
  'repository-unavailable': 'unavailable',
  interrupted: 'interrupted',
};

const bySeriousness: readonly RelayFailure['kind'][] = [
  'denied',
  'digest-mismatch',
  'throttled',
  'unavailable',
  'no-digest',
];

function troubleCode({ kind, status }: RelayFailure): ProblemCode {
  if (kind !== 'denied') return kind;
  return status === 403 ? 'permission-denied' : 'token-denied';
}
