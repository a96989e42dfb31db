import { createHash } from 'node:crypto';
import { AwspipError } from '../errors.ts';
import { escaped } from '../printable.ts';
import { type Setting, settings } from './table.ts';

/** Values by setting key. */
type Values = Readonly<Record<string, string>>;

/** The project file, and whether its values that need trust may be used. */
export type ProjectTrust = {
  readonly path: string;
  /** The values that need trust. */
  readonly values: Values;
  readonly trusted: boolean;
  /** Why other users could have written the file; such a file cannot be trusted. */
  readonly unsafe?: string | undefined;
  /** The keys whose values would apply and were left out, because the file is not trusted. */
  readonly leftOut: readonly string[];
};

/** What the user trusts: for each project file, the digest of its values that need trust. */
export type TrustedProjects = Readonly<Record<string, TrustedProject>>;
export type TrustedProject = {
  readonly digest: string;
  readonly values: Values;
  /** Time in ISO 8601. */
  readonly trustedAt: string;
};

/** Returns the values of a project file that need trust. */
export function valuesToTrust(values: Values): Values {
  const keys = (Object.values(settings) as Setting<unknown>[])
    .filter(({ projectFile }) => projectFile === 'trusted')
    .map(({ key }) => key);
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}

/** Returns the digest of the values that need trust. It does not depend on their order. */
export function trustDigest(values: Values): string {
  const sorted = Object.entries(valuesToTrust(values)).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/** Whether the user has trusted this file with these values. */
export function isTrusted(file: string, values: Values, trusted: TrustedProjects): boolean {
  return Object.hasOwn(trusted, file) && trusted[file]?.digest === trustDigest(values);
}

/** Returns one `key = value` text for each value, safe to print. */
export function trustLines(values: Values): readonly string[] {
  return Object.entries(values).map(([key, value]) => `${key} = "${escaped(value)}"`);
}

/**
 * Throws if a project file that is not trusted would decide which repository is used.
 *
 * @throws {AwspipError} `project-untrusted` or `project-file-unsafe` (78).
 */
export function requireTrust(project: ProjectTrust | undefined): void {
  if (project === undefined || project.leftOut.length === 0) return;
  const { path: file, values, unsafe, leftOut } = project;
  const shown = trustLines(values).join(', ');
  const variables = (Object.values(settings) as Setting<unknown>[])
    .filter(({ key }) => leftOut.includes(key))
    .map((setting) => `\`${setting.variables[0]}\``)
    .join(', ');
  if (unsafe !== undefined) {
    throw new AwspipError('project-file-unsafe', `${file} ${unsafe}, so awspip does not use its settings: ${shown}`, {
      exit: 'configuration',
      hint: `set ${variables} yourself, or make the file and its folder your own and writable only by you`,
    });
  }
  throw new AwspipError('project-untrusted', `${file} is not trusted, and it sets: ${shown}`, {
    exit: 'configuration',
    hint: `run \`awspip trust\` to accept these values; in CI, set ${variables} or \`AWSPIP_TRUST_PROJECT=1\``,
  });
}
