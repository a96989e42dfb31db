import { AwspipError } from '../errors.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { InstallResult } from '../install/types.ts';
import type { RelayFailure } from '../relay/types.ts';
import type { NotFoundCause, Refusal } from '../vetting/types.ts';
import { describeStep, list, whatHappened } from './messages.ts';
import type { ProblemCode } from './problem-codes.ts';

/** One thing that stood in the way: told apart from all the others, with the way out. */
export type Problem = {
  /** Stable; part of the report's schema. */
  readonly code: ProblemCode;
  readonly name?: string | undefined;
  readonly version?: string | null | undefined;
  /** The project that was asked for, where it is not this one. */
  readonly neededBy?: string | undefined;
  /** One line. */
  readonly message: string;
  readonly hint: string;
  /** The newest release that nothing speaks against so far. */
  readonly instead?: string | undefined;
  /** A line to type. */
  readonly command?: string | undefined;
  /** How long was waited for a verdict. */
  readonly seconds?: number | undefined;
  /** Which of awspip's own errors it was, where one ended the command. */
  readonly errorCode?: string | undefined;
};

type RequirementLocation = {
  /** pip's verb, for the line to type. */
  readonly verb?: string | undefined;
  /** Seconds waited for the last verdict. */
  readonly seconds?: number | undefined;
};

/** What stood in the way of an install; nothing when pip ended it. */
export function problemsOf(
  { ending }: InstallResult,
  { verb = 'install', seconds }: RequirementLocation = {},
): readonly Problem[] {
  switch (ending.kind) {
    case 'pip':
      return [];
    case 'interrupted':
      return [{ code: 'interrupted', message: 'interrupted while pip ran', hint: 'run the same command again' }];
    case 'no-progress':
      return [{ code: 'no-progress', ...noProgress(ending) }];
    case 'mismatch':
      return ending.mismatches.map(({ name, version, file, reason }) => ({
        ...{ code: 'unvetted', name, version },
        message: `${file} (${name} ${version}) was installed, and ${reason}`,
        hint: hintsOf.unvetted({ name: name as Refusal['name'] }),
      }));
    case 'relay-failure':
      return troubles(ending.observed.failures);
    case 'vetting':
      return vettings(ending.answer, { verb, seconds });
  }
}

function noProgress({ requirements, files }: Extract<InstallResult['ending'], { kind: 'no-progress' }>) {
  if (files.length > 0) {
    return {
      message: `the lock file pins another ${list(files)} than the vetted repository has: its sha256 is a different one`,
      hint: 'find out who changed it, or write the lock file anew (`awspip lock`)',
    };
  }
  if (requirements.length === 0) {
    return {
      message: 'everything asked for is vetted, and it fails all the same',
      hint: 'what it says above tells why',
    };
  }
  return {
    message: `everything asked for is vetted, and there is still no ${list(requirements)}`,
    hint: '`awspip status` shows what was decided',
  };
}

function vettings(
  { kind, record }: Extract<InstallResult['ending'], { kind: 'vetting' }>['answer'],
  { verb, seconds }: { readonly verb: string; readonly seconds?: number | undefined },
): readonly Problem[] {
  if (kind === 'still-running') {
    const waited = seconds === undefined ? '' : ` after ${Math.round(seconds)} s`;
    return [
      {
        code: 'still-vetting',
        message: `still being vetted${waited} when the wait ran out (${describeStep(record)})`,
        hint: 'run the same command again to go on waiting, or give it longer with `--awspip-wait=SECONDS`',
        seconds,
      },
    ];
  }
  if (kind === 'error') {
    return [
      {
        code: 'vetting-failed',
        message: `the vetting failed: ${record.cause ?? 'no cause was recorded'}`,
        hint: 'run the same command again: it takes the request up anew',
      },
    ];
  }
  return record.refusals
    .filter(({ fatal }) => fatal)
    .map((refusal) => problemOf(refusal, verb, extrasOf(refusal.name, record.roots)));
}

/** As they were asked for, in brackets. */
function extrasOf(name: string, roots: readonly string[]): string {
  const asked = roots.map(parseRequirement).find((root) => root?.name === name);
  return asked === undefined || asked.extras.length === 0 ? '' : `[${asked.extras.join(',')}]`;
}

/** A refusal that stops a root, told apart. `extras` as they stand behind the name. */
export function problemOf(refusal: Refusal, verb = 'install', extras = ''): Problem {
  const { name, version, instead, neededBy } = refusal;
  const code = codeOf(refusal);
  const facts = { code, name, version, instead, neededBy };
  const message = messageOf(refusal);
  if (instead !== undefined) {
    const command = `awspip ${verb} '${name}${extras}==${instead}'`;
    return {
      ...facts,
      message,
      command,
      hint: `the newest that nothing speaks against is ${instead}: \`${command}\``,
    };
  }
  const [near] = refusal.similarPackages;
  if (code === 'unknown-project' && near !== undefined) {
    const command = `awspip ${verb} ${extras === '' ? near : `'${near}${extras}'`}`;
    return { ...facts, message, command, hint: `did you mean \`${near}\`? \`${command}\`` };
  }
  return { ...facts, message, hint: hintsOf[code](refusal) };
}

const notFound: Readonly<Record<NotFoundCause, ProblemCode>> = {
  'no-project': 'unknown-project',
  private: 'private-name',
  'no-release': 'no-release',
  'no-version': 'unknown-version',
  'no-file': 'no-file-for-this-python',
  yanked: 'yanked',
  constraint: 'constrained-away',
  conflict: 'contradiction',
};

function codeOf({ kind, because, heldUntil }: Refusal): ProblemCode {
  switch (kind) {
    case 'NOT_FOUND':
      return because === undefined ? 'unknown-version' : notFound[because];
    case 'BLOCKED':
      return 'refused';
    case 'HELD':
      return heldUntil === undefined ? 'held' : 'too-young';
    case 'ERROR':
      return 'vetting-failed';
  }
}

function messageOf(refusal: Refusal): string {
  const { name, version, reasons, detail, heldUntil, neededBy } = refusal;
  const entry = heldUntil && `may enter from ${heldUntil}`;
  const need = neededBy && `needed by ${neededBy}`;
  const why = [...reasons.map(({ text }) => text), detail, entry, need].filter(Boolean);
  return `${name}${version === null ? '' : ` ${version}`} ${whatHappened(refusal)}${why.length > 0 ? `: ${why.join('; ')}` : ''}`;
}

const again = 'run the same command again in a while';

const hintsOf: Readonly<Record<ProblemCode, (refusal: Pick<Refusal, 'name' | 'heldUntil' | 'score'>) => string>> = {
  'unknown-project': () => 'check the name for a slip',
  'private-name': ({ name }) => `publish \`${name}\` to the vetted repository, or check the name for a slip`,
  'unknown-version': () => 'check the version for a slip',
  'no-release': () => 'choose another project: this one has nothing to install',
  'no-file-for-this-python': () =>
    'use another Python (`--awspip-python=PATH`), or leave out `--only-binary` and `--no-binary`',
  yanked: ({ name }) => `its authors took those releases back; name one exactly, '${name}==VERSION', if it must be`,
  'constrained-away': () => 'loosen the constraint (`-c FILE`, `PIP_CONSTRAINT`)',
  contradiction: () => 'ask for versions that agree with each other',
  refused: () =>
    'choose another project, or have it put on the allow list of the policy (`AWSPIP_POLICY` on this machine)',
  'too-young': ({ heldUntil }) => `run the same command again from ${heldUntil}`,
  held: ({ score }) =>
    score !== undefined && score.min === score.max
      ? 'ask whoever decides at your place to look at it, or choose another project'
      : 'run the same command again when the unknown signals can be had, or have it put on the allow list',
  'vetting-failed': () => 'run the same command again: what failed is tried anew',
  'still-vetting': () => again,
  'no-progress': () => again,
  'token-denied': () => 'sign in again, for instance with `aws sso login`, and run the same command',
  'permission-denied': () => 'ask for the right to `codeartifact:ReadFromRepository` on this repository',
  throttled: () => 'nothing was lost: run the same command again in a minute',
  unavailable: () => `nothing was lost: ${again}`,
  'digest-mismatch': () => 'nothing of that file was kept; tell whoever keeps the repository',
  'no-digest': () => 'tell whoever keeps the repository: only files with a sha256 can be checked',
  unvetted: ({ name }) =>
    `take it out again (\`awspip uninstall ${name}\`, or its folder after \`--target\`), and look at what brought it`,
  interrupted: () => again,
  'repository-unknown': () => 'check domain, domain owner, repository and region',
  error: () => again,
};

/** Troubles between relay and repository: the gravest kind, each cause once. */
function troubles(trouble: readonly RelayFailure[]): readonly Problem[] {
  const known = trouble.find(({ error }) => error instanceof AwspipError)?.error;
  if (known instanceof AwspipError) return [problemOfError(known)];
  const first = gravest(trouble);
  if (first === undefined) return [];
  const code = troubleCode(first);
  const same = trouble.filter((one) => troubleCode(one) === code);
  const causes = [...new Set(same.map(({ cause }) => cause))];
  return causes.slice(0, 3).map((message) => ({ code, message, hint: hintsOf[code]({ name: '' as Refusal['name'] }) }));
}

/** An error of ours that ended the command: the same obstacle has the same code, wherever it was met. */
export function problemOfError({ code, message, hint }: AwspipError): Problem {
  return { code: ofErrors[code] ?? 'error', errorCode: code, message, hint: hint ?? again };
}

const ofErrors: Readonly<Partial<Record<string, ProblemCode>>> = {
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

const order: readonly RelayFailure['kind'][] = ['denied', 'digest-mismatch', 'throttled', 'unavailable', 'no-digest'];

function gravest(trouble: readonly RelayFailure[]): RelayFailure | undefined {
  return order.flatMap((kind) => trouble.find((one) => one.kind === kind) ?? []).at(0);
}

function troubleCode({ kind, status }: RelayFailure): ProblemCode {
  if (kind !== 'denied') return kind;
  return status === 403 ? 'permission-denied' : 'token-denied';
}
