import * as v from 'valibot';
import { indexUrlProblem, type NamedIndex, overlappingNames } from '../index/named-indexes.ts';

/** Package groups of CodeArtifact match whole words, so `*` must follow a whole word. */
const name = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(
    /^[a-z0-9]+(?:-[a-z0-9]+)*(?:-\*)?$/,
    'names must be normalised project names, or whole words followed by `-*`, as in `nvidia-*`',
  ),
);
const url = v.pipe(
  v.string(),
  v.maxLength(500),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? indexUrlProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: `a URL ${problem}` });
  }),
);

/** The functions get the indexes as an environment variable, and have 4 KB for all of them. */
const maxLength = 2_000;

/** The option `indexes`: a list as in the policy, or text such as `URL=NAME,NAME URL=NAME`. */
export const indexesOption = v.pipe(
  v.union([v.string(), v.array(v.strictObject({ url: v.string(), names: v.array(v.string()) }))]),
  v.transform((value) => (typeof value === 'string' ? parseText(value) : value)),
  v.array(v.strictObject({ url, names: v.pipe(v.array(name), v.minLength(1, 'each index needs names')) })),
  v.check((indexes) => overlappingNames(indexes) === undefined, 'a name may have one index only'),
  v.check(
    (indexes) => JSON.stringify(indexes).length <= maxLength,
    `must have at most ${maxLength} characters as JSON`,
  ),
);

function parseText(text: string): NamedIndex[] {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  return parts.map((part) => {
    const at = part.lastIndexOf('=');
    return { url: part.slice(0, Math.max(0, at)), names: part.slice(at + 1).split(',') };
  });
}

/** Returns the pattern of the package group for a pattern of names: `nvidia-*` → `/pypi//nvidia~`. */
export const groupPatternOf = (pattern: string): string =>
  pattern.endsWith('-*') ? `/pypi//${pattern.slice(0, -2)}~` : `/pypi//${pattern}$`;

/**
 * Returns the words that are in a package group although no index lists them: CodeArtifact's `nvidia~` also matches
 * `nvidia`.
 */
export function unlistedWords(indexes: readonly NamedIndex[]): readonly string[] {
  const patterns = indexes.flatMap(({ names }) => names);
  const words = patterns.filter((pattern) => pattern.endsWith('-*')).map((pattern) => pattern.slice(0, -2));
  return [...new Set(words)].filter((word) => !patterns.some((other) => other === word || isWithin(word, other)));
}

const isWithin = (word: string, pattern: string): boolean =>
  pattern.endsWith('-*') && word.startsWith(pattern.slice(0, -1));
