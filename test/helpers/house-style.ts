/** A place where a banned phrase is the right one, and why. */
type Exception = { readonly text: RegExp; readonly reason: string };

export type BannedPhrase = {
  /** Source of a regular expression; matched without regard to case, between word boundaries. */
  readonly phrase: string;
  /** What to write instead. */
  readonly instead: string;
  readonly except?: readonly Exception[];
  /** Whether code may use the word: a name of the original system, or of a value that is stored. */
  readonly allowedInCode?: true;
};

export type BannedUse = { readonly line: number; readonly found: string; readonly instead: string };

const recordState: Exception = {
  text: /\b(?:HELD|SECURE)\b/g,
  reason: 'a record state, kept from the original system and written in capitals',
};

const statusValue: Exception = {
  text: /`Held`/g,
  reason: 'a status of the firewall’s API, kept from the original system',
};

/** Phrases that no text for people uses: riddles, translations, and metaphors where the field has a term. */
export const bannedPhrases: readonly BannedPhrase[] = [
  { phrase: 'all the same', instead: 'anyway, or name the exception' },
  { phrase: 'anew', instead: 'again' },
  { phrase: 'at once', instead: 'immediately, up front, or together' },
  { phrase: 'besides?', instead: 'next to, in addition to' },
  { phrase: '(?:comes?|came|coming) in', instead: 'is added, is copied, is vetted' },
  { phrase: '(?:lets?|letting) (?:\\w+ )?in', instead: 'allow' },
  { phrase: '(?:brings?|brought|bringing) in', instead: 'add, copy, import' },
  { phrase: 'for want of', instead: 'because … is missing' },
  { phrase: '(?:is|are|was|be) had', instead: 'is available, is read' },
  { phrase: '(?:can|could) be had', instead: 'is available, can be read' },
  { phrase: 'tells|told', instead: 'reports, says, names' },
  { phrase: 'heed(?:s|ed)?', instead: 'uses, reads, follows' },
  { phrase: '(?:hold|holds|held) against', instead: 'compare with' },
  { phrase: '(?:is|are|was) led', instead: 'is redirected' },
  { phrase: '(?:keep|keeps|kept) (?:it |them |pip )?from', instead: 'block, hide' },
  { phrase: 'lapse[sd]?', instead: 'expires, is no longer valid' },
  { phrase: 'mend(?:s|ed)?', instead: 'fix, repair' },
  { phrase: 'part(?:ed|s) by', instead: 'separated by' },
  { phrase: 'no good any more', instead: 'has expired' },
  { phrase: '(?:nobody|nothing) speaks against', instead: 'is allowed' },
  { phrase: 'has its day', instead: 'expires' },
  { phrase: 'stands? back', instead: 'waits, gives way' },
  { phrase: 'ways? out', instead: 'hint, next step' },
  { phrase: 'whatever', instead: 'any, every' },
  { phrase: 'whoever', instead: 'anyone who, the user who' },
  { phrase: 'the whole arithmetic', instead: 'the details' },
  { phrase: 'closed gates?', instead: 'an enabled gate' },
  { phrase: 'please', instead: 'an imperative' },
  { phrase: 'rooms?', instead: 'folder, module' },
  { phrase: 'houses?', instead: 'project, module' },
  { phrase: 'worlds?', instead: 'environment, or name what is meant' },
  { phrase: 'wire', instead: 'protocol, API' },
  { phrase: 'doors?', instead: 'entry point' },
  { phrase: 'edges?', instead: 'process context' },
  { phrase: 'desks?', instead: 'review service' },
  { phrase: 'back ?rooms?', instead: 'stack services' },
  { phrase: 'embedded stack', instead: 'local stack' },
  { phrase: 'perimeter', instead: 'bypass protection' },
  { phrase: 'foreign', instead: 'unvetted source' },
  { phrase: 'strays?', instead: 'unvetted source' },
  { phrase: 'fences?', instead: 'vcs guard' },
  { phrase: 'gatekeepers?', instead: 'proxy authentication' },
  { phrase: "strangers?(?:['’]s)?", instead: 'unauthorized client, unknown author' },
  { phrase: 'ledgers?', instead: 'request log' },
  { phrase: 'landed', instead: 'was installed' },
  { phrase: 'arrivals?', instead: 'installed files' },
  { phrase: 'unasked', instead: 'unrequested' },
  { phrase: 'afterwards', instead: 'after the run, post-processing' },
  { phrase: 'told[- ]apart', instead: 'failure reasons' },
  { phrase: 'obstacles?', instead: 'problem' },
  { phrase: '(?:lets?|letting) go', instead: 'release a claim' },
  { phrase: '(?:turns?|turned) away', instead: 'reject' },
  { phrase: 'young(?:er)?', instead: 'within cooldown, newer than' },
  { phrase: 'slips?', instead: 'typo, spelling mistake' },
  { phrase: 'surprises?', instead: 'rarity' },
  {
    phrase: 'refus(?:e|es|ed|al|als|ing)',
    instead: 'block, blocked; reject, rejected',
    except: [{ text: /connection refused/gi, reason: 'the name of a network error' }],
    allowedInCode: true,
  },
  { phrase: 'held', instead: 'on hold', except: [recordState, statusValue], allowedInCode: true },
  {
    phrase: 'secured?',
    instead: 'vetted',
    except: [recordState],
    allowedInCode: true,
  },
];

/** Every banned phrase in a text, with its line. Words joined by hyphens, dots or slashes are names and count as one. */
export function bannedUses(text: string, phrases: readonly BannedPhrase[] = bannedPhrases): readonly BannedUse[] {
  return phrases
    .flatMap(({ phrase, instead, except = [] }) => {
      const pattern = new RegExp(`(?<![\\w/.-])(?:${phrase.replaceAll(' ', '\\s+')})(?![\\w/-]|\\.\\w)`, 'gi');
      const allowed = except.flatMap((exception) => [...text.matchAll(exception.text)].map(rangeOf));
      return [...text.matchAll(pattern)]
        .map(rangeOf)
        .filter(({ from, to }) => !allowed.some((range) => range.from <= from && to <= range.to))
        .map(({ from, to }) => ({ line: lineAt(text, from), found: text.slice(from, to), instead }));
    })
    .toSorted((a, b) => a.line - b.line);
}

function rangeOf({ index, 0: found }: RegExpMatchArray): { readonly from: number; readonly to: number } {
  const from = index ?? 0;
  return { from, to: from + found.length };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
