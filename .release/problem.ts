/** What stops a release, and what the publisher can do about it. */
export type Problem = { readonly text: string; readonly hint?: string };

/** Thrown when a release cannot go on. Every other thrown value is a bug. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ text }) => text).join('\n'));
    this.problems = problems;
  }
}

/** Returns the lines of problems: each problem, and below all of them each hint once. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
  const lines = problems.map(({ text }) => text);
  return hints.length === 0 ? lines : [...lines, '', ...hints.map((hint) => `hint: ${hint}`)];
}
