/**
 * A project name, or its beginning followed by `~`, as in a package group's pattern. These functions return the same
 * names in the notations of IAM and of policies.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-definition-syntax-matching-behavior.html
 */
export type InternalName = string;

/** Returns the pattern of a package group. Python packages have no namespace, which leaves an empty part. */
export const packageGroupPattern = (name: InternalName): string => `/pypi//${name}${name.endsWith('~') ? '' : '$'}`;

/** Returns a pattern in which `*` stands for any characters, for ARNs and for the policy's `internal`. */
export const globOf = (name: InternalName): string => name.replace(/~$/, '*');
