import { stripVTControlCharacters } from 'node:util';

/** One requirement that pip says no index holds a fitting file for. */
type NamedRequirement = {
  /** As pip prints it: specifiers re-ordered, markers dropped. Parse as PEP 508, never compare as text. */
  readonly text: string;
  /** What needed it: `parent==1.0`, `-r file (line 3)`. */
  readonly from?: string;
  /** Versions pip saw; empty when it says `none`; absent when it says nothing (20.3, the second line). */
  readonly versions?: readonly string[];
  /** Printed by a pip that a build started, or by the build itself: anybody may have written it. */
  readonly nested: boolean;
};

/** What a failed pip run's stderr says, by itself worth nothing as proof: build scripts can print the same lines. */
export type PipFailure = {
  /** Each requirement once, in order of appearance. */
  readonly requirements: readonly NamedRequirement[];
  /** The resolver gave up on conflicts; the causes are on stdout (and hidden by `-q`). */
  readonly resolutionImpossible: boolean;
  /** The interpreter has no pip module. */
  readonly noPip: boolean;
  /** pip says that a person stopped it. */
  readonly cancelled: boolean;
  /** A file's digest was not the one asked for. */
  readonly hashMismatch: boolean;
  /** pip passed over releases that need another Python (22.3 and later, not 25.0). */
  readonly otherPython: boolean;
};

/** Only so much of the end is read: what pip died of stands last. */
const maxTextLength = 1024 * 1024;
/** A longer line is not pip's: `(from versions: …)` of the project with the most releases is far below. */
const maxLineLength = 256 * 1024;
const maxRequirements = 1000;

const noVersion = /^ERROR: Could not find a (?:final )?version that satisfies the requirement /;
const noDistribution = /^ERROR: No matching distribution found for /;

/** Reads the end of pip's stderr (colours and all) for what it says about its failure. */
export function readFailure(stderr: string): PipFailure {
  const lines = errorLines(stderr);
  const said = (text: string) => lines.some((line) => line.text.startsWith(text));
  return {
    requirements: namedRequirements(lines),
    resolutionImpossible: said('ERROR: ResolutionImpossible'),
    noPip: lines.some(({ text, indented }) => !indented && /: No module named '?pip(?:['.;]|$)/.test(text)),
    cancelled: said('ERROR: Operation cancelled by user'),
    hashMismatch: said('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'),
    otherPython: said('ERROR: Ignored the following versions that require a different python version'),
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
  const found = new Map<string, NamedRequirement>();
  for (const line of lines) {
    const requirement = namedRequirement(line);
    if (!requirement) continue;
    const key = `${requirement.nested} ${requirement.text}`;
    found.set(key, { ...requirement, ...found.get(key) });
    if (found.size >= maxRequirements) break;
  }
  return [...found.values()];
}

/** By hand rather than by one expression: the line is hostile and an expression would backtrack. */
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

/** Splits `text (from what)` into both; the second is absent when there is no such end. */
function parenthesis(text: string, opening: string, which: 'first' | 'last'): [string, string?] {
  const at = which === 'first' ? text.indexOf(opening) : text.lastIndexOf(opening);
  if (at < 0 || !text.endsWith(')')) return [text];
  return [text.slice(0, at), text.slice(at + opening.length, -1)];
}
