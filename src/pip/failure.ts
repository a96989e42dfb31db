import { stripVTControlCharacters } from 'node:util';

/** One requirement for which pip found no suitable file. */
type NamedRequirement = {
  /** As printed by pip: specifiers reordered, markers dropped. Parse it as PEP 508 instead of comparing text. */
  readonly text: string;
  /** The origin of the requirement: `parent==1.0`, `-r file (line 3)`. */
  readonly from?: string;
  /** The versions that pip found. Empty for `none`. Absent when pip prints none (20.3, and the second line). */
  readonly versions?: readonly string[];
  /** Printed by a build or by a pip that a build started, so the text is untrusted. */
  readonly nested: boolean;
};

/** The contents of a failed pip run's stderr. They are not proof, because build scripts can print the same lines. */
export type PipFailure = {
  /** Each requirement once, in order of appearance. */
  readonly requirements: readonly NamedRequirement[];
  /** The resolver found a conflict. The causes are on stdout, which `-q` hides. */
  readonly resolutionImpossible: boolean;
  /** The interpreter has no pip module. */
  readonly noPip: boolean;
  /** pip reports that a person cancelled it. */
  readonly cancelled: boolean;
  /** A file's digest did not match the requested one. */
  readonly hashMismatch: boolean;
  /** pip skipped releases that need another Python (22.3 and later, not 25.0). */
  readonly otherPython: boolean;
};

/** Only the end is read, because pip prints its final error last. */
const maxTextLength = 1024 * 1024;
/** Longer lines are not pip's: `(from versions: …)` of the project with the most releases is far shorter. */
const maxLineLength = 256 * 1024;
const maxRequirements = 1000;

const noVersion = /^ERROR: Could not find a (?:final )?version that satisfies the requirement /;
const noDistribution = /^ERROR: No matching distribution found for /;

/** Reads the failure from the end of pip's stderr, with or without colours. */
export function readFailure(stderr: string): PipFailure {
  const lines = errorLines(stderr);
  const hasLine = (text: string) => lines.some((line) => line.text.startsWith(text));
  return {
    requirements: namedRequirements(lines),
    resolutionImpossible: hasLine('ERROR: ResolutionImpossible'),
    noPip: lines.some(({ text, indented }) => !indented && /: No module named '?pip(?:['.;]|$)/.test(text)),
    cancelled: hasLine('ERROR: Operation cancelled by user'),
    hashMismatch: hasLine('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'),
    otherPython: hasLine('ERROR: Ignored the following versions that require a different python version'),
  };
}

type Line = { readonly text: string; readonly indented: boolean };

function errorLines(stderr: string): Line[] {
  return stripVTControlCharacters(stderr.slice(-maxTextLength))
    .split(/\r?\n|\r/)
    .filter((line) => line.length <= maxLineLength)
    .map((line) => {
      const text = line.replace(/^[\s│|]+/, '');
      return { text: text.trimEnd(), indented: text.length !== line.length };
    });
}

function namedRequirements(lines: readonly Line[]): NamedRequirement[] {
  const requirements = new Map<string, NamedRequirement>();
  for (const line of lines) {
    const requirement = namedRequirement(line);
    if (!requirement) continue;
    const key = `${requirement.nested} ${requirement.text}`;
    requirements.set(key, { ...requirement, ...requirements.get(key) });
    if (requirements.size >= maxRequirements) break;
  }
  return [...requirements.values()];
}

/** Parses by hand, because a regular expression could backtrack on a hostile line. */
function namedRequirement({ text, indented }: Line): NamedRequirement | undefined {
  const start = noVersion.exec(text) ?? noDistribution.exec(text);
  if (!start) return undefined;
  const [beforeVersions, versions] = parenthesis(text.slice(start[0].length), ' (from versions: ', 'last');
  const [requirement, from] = parenthesis(beforeVersions, ' (from ', 'first');
  if (requirement === '') return undefined;
  return {
    text: requirement,
    ...(from !== undefined && { from }),
    ...(versions !== undefined && { versions: versions === 'none' ? [] : versions.split(', ').filter(Boolean) }),
    nested: indented,
  };
}

/** Splits `text (from what)` into its two parts. The second is absent without such an ending. */
function parenthesis(text: string, opening: string, which: 'first' | 'last'): [string, string?] {
  const position = which === 'first' ? text.indexOf(opening) : text.lastIndexOf(opening);
  if (position < 0 || !text.endsWith(')')) return [text];
  return [text.slice(0, position), text.slice(position + opening.length, -1)];
}
