import { oneLine } from '../printable.ts';
import type { Style, Terminal } from './terminal.ts';

/** Prints an empty line and the hints, which belong to what was printed last. Prints nothing without hints. */
export function writeHints(
  { stderr, style }: Pick<Terminal, 'stderr' | 'style'>,
  hints: readonly (string | undefined)[],
): void {
  const lines = hintLines(hints, style);
  if (lines.length > 0) stderr.write(`\n${lines.map((line) => `${line}\n`).join('')}`);
}

/** Returns the lines of hints. Text from outside is neutralised: a hint may quote a setting or a name. */
export function hintLines(hints: readonly (string | undefined)[], style: Style): readonly string[] {
  return hints.flatMap((hint) => (hint === undefined ? [] : [`${style.bold('hint:')} ${oneLine(hint)}`]));
}

/** What a finding is about, and its hints. */
export type HintedFinding = {
  readonly name?: string | undefined;
  readonly hint?: string | undefined;
  readonly secondHint?: string | undefined;
};

/**
 * Returns the hints to print below each finding. Findings in a row that are about one project, or that have the same
 * hints, share the hints of the first, below the last of them.
 */
export function hintsBelow(findings: readonly HintedFinding[]): readonly (readonly string[])[] {
  let first: HintedFinding | undefined;
  return findings.map((finding, index) => {
    first ??= finding;
    const next = findings[index + 1];
    if (next !== undefined && (isSameProject(first, next) || hasSameHints(first, next))) return [];
    const { hint, secondHint } = first;
    first = undefined;
    return [hint, secondHint].filter((text) => text !== undefined);
  });
}

function isSameProject(one: HintedFinding, other: HintedFinding): boolean {
  return one.name !== undefined && one.name === other.name;
}

function hasSameHints(one: HintedFinding, other: HintedFinding): boolean {
  return one.hint === other.hint && one.secondHint === other.secondHint;
}
