import { ReleaseError } from './problem.ts';

const bumps = ['patch', 'minor', 'major'] as const;

export type VersionFacts = {
  /** `patch`, `minor`, `major` or a version; undefined takes the version in the changelog's heading. */
  readonly asked: string | undefined;
  /** The version in `package.json`. */
  readonly current: string;
  /** The version that the heading of the changelog's unreleased section names. */
  readonly heading: string | undefined;
  /** Every tag of the repository. */
  readonly tags: readonly string[];
};

type Numbers = readonly [major: number, minor: number, patch: number];

/**
 * Returns the version to release. It is newer than every tag and not older than `package.json`, whose version may be
 * one that was never released.
 */
export function chooseVersion({ asked, current, heading, tags }: VersionFacts): string {
  const wanted = asked ?? heading;
  if (wanted === undefined) {
    throw problem('no version', 'name it: `npm run release -- minor`, or `npm run release -- --version 1.2.3`');
  }
  const version = isBump(wanted) ? bumped(numbersOf(current), wanted) : numbersOf(wanted);
  const released = tags.map(versionOfTag).filter((found) => found !== undefined);
  const newest = released.toSorted(compare).at(-1);
  if (newest !== undefined && compare(version, newest) <= 0) {
    throw problem(`${version.join('.')} is not newer than the released ${newest.join('.')}`);
  }
  if (compare(version, numbersOf(current)) < 0) {
    throw problem(`${version.join('.')} is older than ${current}, the version in package.json`);
  }
  return version.join('.');
}

/** Returns the tag of a version. */
export const tagOf = (version: string): string => `v${version}`;

function isBump(text: string): text is (typeof bumps)[number] {
  return (bumps as readonly string[]).includes(text);
}

function bumped([major, minor, patch]: Numbers, bump: (typeof bumps)[number]): Numbers {
  if (bump === 'major') return [major + 1, 0, 0];
  return bump === 'minor' ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

const number = '(0|[1-9]\\d{0,8})';
const versionPattern = new RegExp(`^${number}\\.${number}\\.${number}$`);

/** npm publishes a pre-release only under a tag other than `latest`, which this release has no way to name. */
function numbersOf(text: string): Numbers {
  const numbers = parsed(text);
  if (numbers === undefined) {
    throw problem(
      `\`${text}\` is not a version of three numbers`,
      'write it like 1.2.3; pre-releases are not supported',
    );
  }
  return numbers;
}

function parsed(text: string): Numbers | undefined {
  const [, major, minor, patch] = versionPattern.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function versionOfTag(tag: string): Numbers | undefined {
  return tag.startsWith('v') ? parsed(tag.slice(1)) : undefined;
}

function compare(one: Numbers, other: Numbers): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

function problem(text: string, hint?: string): ReleaseError {
  return new ReleaseError([{ text, ...(hint !== undefined && { hint }) }]);
}
