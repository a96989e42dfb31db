/** A language model of popular names. In a noisy channel model of typosquatting, it is the prior of honest names. */
export type Rarity = {
  /**
   * Returns the information content of a name in nats. Rare sequences of symbols have more.
   *
   * @param excluded names to ignore in the statistics, such as the imitated name
   */
  readonly of: (name: string, excluded: readonly string[]) => number;
};

/** The alphabet: 26 letters, 10 digits, `-`, and the start and the end of a name. */
const alphabetSize = 39;
const [startSymbol, endSymbol] = [37, 38];
/** The weight of the estimate from the shorter context, for smoothing. */
const backoffWeight = 4;

/** Counts the sequences of up to four symbols in a list of names. The model takes about 6 MB. */
export function learnRarity(names: readonly string[]): Rarity {
  const gramCounts = [1, 2, 3, 4].map((length) => new Uint32Array(alphabetSize ** length));
  const contextCounts = [1, 2, 3, 4].map((length) => new Uint32Array(alphabetSize ** (length - 1)));
  const learned = new Set(names);
  const count = (name: string, change: number): void =>
    visitGrams(name, (order, gram, context) => {
      const [grams, contexts] = [gramCounts[order], contextCounts[order]];
      if (grams !== undefined) grams[gram] = (grams[gram] ?? 0) + change;
      if (contexts !== undefined) contexts[context] = (contexts[context] ?? 0) + change;
    });
  for (const name of names) count(name, 1);
  return {
    of: (name, excluded) => {
      const removed = excluded.filter((candidate) => learned.has(candidate));
      for (const other of removed) count(other, -1);
      let nats = 0;
      let estimate = 0;
      visitGrams(name, (order, gram, context) => {
        if (order === 0) {
          nats -= Math.log(estimate || 1);
          estimate = 1 / 40;
        }
        estimate =
          ((gramCounts[order]?.[gram] ?? 0) + backoffWeight * estimate) /
          ((contextCounts[order]?.[context] ?? 0) + backoffWeight);
      });
      for (const other of removed) count(other, 1);
      return nats - Math.log(estimate || 1);
    },
  };
}

/**
 * Visits the sequences of 1 to 4 symbols that end at each position of a name, shortest first. `order` is the length minus
 * 1, and `context` is the sequence without its last symbol.
 */
function visitGrams(name: string, visit: (order: number, gram: number, context: number) => void): void {
  for (let index = 0; index <= name.length; index += 1) {
    const last = index === name.length ? endSymbol : symbol(name.charCodeAt(index));
    let context = 0;
    let scale = 1;
    for (let order = 0; order < 4 && index - order >= 0; order += 1) {
      if (order > 0) {
        context += scale * symbol(name.charCodeAt(index - order));
        scale *= alphabetSize;
      }
      visit(order, context * alphabetSize + last, context);
    }
    if (index < 3) {
      const startContext = context + scale * startSymbol;
      visit(index + 1, startContext * alphabetSize + last, startContext);
    }
  }
}

function symbol(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  if (code >= 48 && code <= 57) return code - 22;
  return 36;
}
