import { networkHintOfText } from '../network-hint.ts';
import { releaseArgument } from '../review/spec.ts';
import type { Refusal } from '../vetting/types.ts';
import type { ProblemCode } from './problem-codes.ts';

/** One or two hints, each an imperative with a command or setting that exists. */
export type Hints = readonly [first: string, second?: string];

/** What a hint may name. */
export type HintSubject = Pick<Refusal, 'name' | 'version' | 'reasons'> & {
  /** Whether other people decide, so that the hint is to ask them. */
  readonly asks?: boolean | undefined;
};

const again = 'run the same command again';

const hints: Readonly<Record<ProblemCode, (subject: HintSubject) => Hints>> = {
  'unknown-project': ({ name }) => [`check the spelling of \`${name}\``],
  'private-name': ({ name }) => [`publish \`${name}\` to the vetted repository, or check the spelling`],
  'unknown-version': ({ name }) => [`check the version; \`awspip explain ${name}\` shows the newest`],
  'no-release': () => ['choose another project'],
  'no-file-for-this-python': () => [fittingHint({ forTarget: false, excludesFiles: false, isExec: false })],
  unusable: ({ name }) => [`choose another version; \`awspip explain ${name}\` shows the newest`],
  yanked: ({ name }) => [`pin a version to install it nevertheless: \`${name}==VERSION\``],
  'uploaded-later': () => ['choose a later date in `--uploaded-prior-to` (uv: `--exclude-newer`), or another version'],
  'excluded-by-constraint': () => ['relax the constraint (`-c FILE` or `PIP_CONSTRAINT`)'],
  conflict: () => ['change the requirements so that one release satisfies them all'],
  blocked: (subject) => (isMalware(subject) ? [details(subject)] : [details(subject), approval(subject)]),
  'within-cooldown': (subject) => [`${again} after the cooldown`, approval(subject)],
  'on-hold': (subject) => [details(subject), approval(subject)],
  'vetting-failed': () => [again],
  'still-vetting': () => [`${again} to go on waiting, or raise the limit with \`--awspip-wait=SECONDS\``],
  'no-progress': () => ['run `awspip status` to see what was decided'],
  'token-denied': () => ['sign in again, for example with `aws sso login`, then run the same command'],
  'permission-denied': () => ['ask for the permission `codeartifact:ReadFromRepository` on this repository'],
  throttled: () => [`${again} in a minute; nothing was lost`],
  unavailable: () => [`${again} in a while; nothing was lost`],
  'digest-mismatch': () => ['report this to the administrators of the repository; the file was discarded'],
  'no-digest': () => ['ask the administrators of the repository to list files with a sha256'],
  unvetted: ({ name }) => [`remove it with \`awspip uninstall ${name}\`, and find out what installed it`],
  interrupted: () => [again],
  'repository-unknown': () => ['check domain, domain owner, repository and region with `awspip doctor`'],
  error: () => [again],
};

/** Returns the hints for a problem. They name no time, because the report keeps them. */
export function hintsOf(code: ProblemCode, subject: Partial<HintSubject> = {}): Hints {
  return hints[code]({ name: '' as HintSubject['name'], version: null, reasons: [], ...subject });
}

/** Returns the hints for a vetting that failed. No repetition helps while the policy file of the deployment is wrong. */
export function failureHints(cause: string): Hints {
  const network = networkHintOfText(cause);
  if (network !== undefined) return [network];
  if (!/^the policy file .*(?:is gone|is not valid)/.test(cause)) return hintsOf('vetting-failed');
  return ['ask an administrator of the deployment to upload a valid policy file, then run the same command again'];
}

/** A requirement to use instead, the command that installs it, and where the present one stands if it is in a file. */
export type Replacement = {
  readonly requirement: string;
  readonly command: string;
  readonly location: string | undefined;
};

/** Returns the hint that offers another version. */
export function insteadHint(version: string, replacement: Replacement): string {
  return `${version} is the newest allowed version: ${replace(replacement)}`;
}

/** Returns the hint for a misspelt name. */
export function spellingHint(name: string, replacement: Replacement): string {
  return `did you mean \`${name}\`? ${replace(replacement)}`;
}

/** Says how to request something else. A command cannot replace what a file requests. */
function replace({ requirement, command, location }: Replacement): string {
  if (location === undefined) return `\`${command}\``;
  const [, file = location] = /^(.*?)(?::\d+)?$/s.exec(location) ?? [];
  if (/(?:^|[/\\])pylock(?:\.[^/\\]+)?\.toml$/.test(file))
    return `request \`${requirement}\` in what \`${file}\` is made from, and write it again with \`awspip lock\``;
  const digests = /\.toml$/.test(file) ? '' : ' and its `--hash`, if it has one';
  return `write \`${requirement}\` in \`${location}\`${digests}`;
}

/** The options of a request that decide which files fit. */
export type FileChoice = {
  /** Whether files for another Python are requested. */
  readonly forTarget: boolean;
  /** Whether `--only-binary` or `--no-binary` excludes files. */
  readonly excludesFiles: boolean;
  /** Whether another installer runs, which selects its own Python. */
  readonly isExec: boolean;
};

/** Returns the hint for a release without a fitting file. With a target, pip needs `--only-binary`. */
export function fittingHint({ forTarget, excludesFiles, isExec }: FileChoice): string {
  if (forTarget) return 'change `--platform`, `--python-version`, `--implementation` or `--abi`';
  const python = isExec ? 'use another Python' : 'use another Python with `--awspip-python=PATH`';
  return excludesFiles ? `${python}, or remove \`--only-binary\` and \`--no-binary\`` : `${python}, or another version`;
}

export function details(release: Pick<HintSubject, 'name' | 'version'>): string {
  return `for details, run \`awspip explain ${releaseArgument(release)}\``;
}

function approval({ asks, ...release }: Pick<HintSubject, 'name' | 'version' | 'asks'>): string {
  if (asks === true) return `ask for it: \`awspip request ${releaseArgument(release)} --reason "…"\``;
  return `approvers can allow it: \`awspip approve ${releaseArgument(release)} --reason "…"\``;
}

function isMalware({ reasons }: Pick<HintSubject, 'reasons'>): boolean {
  return reasons.some(({ text }) => text.startsWith('Known malware'));
}
