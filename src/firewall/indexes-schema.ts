import * as v from 'valibot';
import { indexUrlProblem, namePattern, overlappingNames } from '../index/named-indexes.ts';
import { normaliseName } from '../index/names.ts';
import { fitsGlob } from './lists.ts';
import { described } from './schema-parts.ts';

const name = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(
    namePattern,
    'must be a normalised project name such as `torch`, or at least two characters of one and `*`, as in `nvidia-*`',
  ),
);

const namedIndex = v.strictObject({
  url: described(
    v.pipe(
      v.string(),
      v.maxLength(1_000),
      v.rawCheck(({ dataset, addIssue }) => {
        const problem = dataset.typed ? indexUrlProblem(dataset.value) : undefined;
        if (problem !== undefined) addIssue({ message: problem });
      }),
    ),
    'Address of the index, `https` and without credentials',
  ),
  names: described(
    v.pipe(v.array(name), v.minLength(1, 'must not be empty'), v.maxLength(500)),
    'Normalised names, and beginnings of at least two characters with `*`',
  ),
});

/** The schema of the policy's `indexes`: every name has one index. */
export const indexesSchema = v.pipe(
  v.array(namedIndex),
  v.maxLength(20),
  v.rawCheck(({ dataset, addIssue }) => {
    const overlap = dataset.typed ? overlappingNames(dataset.value) : undefined;
    if (overlap !== undefined) addIssue({ message: overlapText(overlap) });
  }),
);

function overlapText([one, other]: readonly [string, string]): string {
  const names = one === other ? `lists \`${one}\`` : `lists \`${one}\` and \`${other}\`, which match the same name,`;
  return `${names} for two indexes; a name comes from one index only`;
}

/** Returns a text on a pattern of an index that an internal name fits too; undefined if there is none. */
export function internalOverlap(
  indexes: readonly { readonly names: readonly string[] }[],
  internal: readonly string[],
): string | undefined {
  for (const pattern of indexes.flatMap(({ names }) => names)) {
    const other = internal.find((glob) => shareName(pattern, glob));
    if (other !== undefined)
      return `lists \`${pattern}\`, and \`internal\` lists \`${other}\`; a name comes from one place only`;
  }
  return undefined;
}

/** Checks whether a name can match both a pattern of an index and a glob, in which `*` may stand anywhere. */
function shareName(pattern: string, glob: string): boolean {
  if (!pattern.endsWith('*')) return fitsGlob(glob, normaliseName(pattern));
  const prefix = pattern.slice(0, -1);
  const [start = '', ...rest] = normaliseName(glob).split('*');
  // The first `*` of the glob can stand for the rest of the prefix.
  return start.startsWith(prefix) || (rest.length > 0 && prefix.startsWith(start));
}
