/**
 * What is left of a name without the popular name in it, by what it says:
 *
 * - `edition`: the same project, but newer or better (`new-requests`)
 * - `tool`: something generic about the project (`requests-utils`)
 * - `language`: that it is for Python (`pyrequests`)
 * - `version`: a number (`requests-2-32`)
 * - `project`: another popular project (`requests-pandas`)
 * - `other`: anything else, as most plugins and clients have (`requests-oauthlib`)
 */
export type AffixKind = 'edition' | 'tool' | 'language' | 'version' | 'project' | 'other';

const words: Readonly<Record<'edition' | 'tool' | 'language', string>> = {
  edition: `advanced alpha best beta better clean custom dev easy edition enhanced enhancer extended extra fast fix fixed fixes
fork free full good improved latest light lite max mini modern my new next now official open original patch patched plus pre premium
pro real release safe secure simple slim smart speed speedy super test testing tests tmp turbo ultra unofficial update updated updater
updates upgrade upgraded`,
  tool: `addon api app async auth auto bot builder bypass cli client cloud cmd common config connect connector core crypt crypto
data debug download downloader driver encrypt engine ext extension extensions framework get handler helper helpers hub http https
install installer interface io json kit kits lib library libs loader log logger logging main manager mcp method methods mod module
modules net node parser pack package pip pkg plugin post print proxy request rpc rs runner script scripts sdk server service session
sessions setup shell spider stealer stub stubs support sys system tool toolbox toolkit toolkits tools url user util utilities utility
utils web win windows wrap wrapper x`,
  language: 'py py2 py3 pypi python python2 python3',
};
const kindOfWord = new Map(
  (['edition', 'tool', 'language'] as const).flatMap((kind) =>
    words[kind].split(/\s+/).map((word): [string, AffixKind] => [word, kind]),
  ),
);
const maxWordLength = Math.max(...[...kindOfWord.keys()].map(({ length }) => length));

/**
 * Returns the kinds of the words that an affix without delimiters consists of, with as few words as possible. Returns
 * undefined if it has another word.
 */
export function kindsOfAffix(affix: string): readonly AffixKind[] | undefined {
  const best: (readonly AffixKind[] | undefined)[] = [[]];
  for (let end = 1; end <= affix.length; end += 1) {
    for (let start = Math.max(0, end - maxWordLength); start < end; start += 1) {
      const before = best[start];
      if (before === undefined || before.length + 1 >= (best[end]?.length ?? Infinity)) continue;
      const kind = kindOfText(affix.slice(start, end));
      if (kind !== undefined) best[end] = [...before, kind];
    }
  }
  return best[affix.length];
}

function kindOfText(text: string): AffixKind | undefined {
  return kindOfWord.get(text) ?? (/^v?[0-9]+$/.test(text) ? 'version' : undefined);
}
