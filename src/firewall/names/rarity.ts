/** How unlike an honest name something reads: the other half of a noisy channel. */
export type Rarity = {
  /**
   * Nats it takes to spell a name, by what follows what in popular names.
   * @param without names that do not count: the imitated one must not speak for its imitation
   */
  readonly of: (name: string, without: readonly string[]) => number;
};

/** 26 letters, 10 digits, `-`, and the two ends. */
const size = 39;
const [start, end] = [37, 38];
/** Weight of the shorter context in the longer one's estimate. */
const trust = 4;

/** Learns four-letter sequences from a list of names: about 6 MB. */
export function learnRarity(names: readonly string[]): Rarity {
  const model = {
    ends: [1, 2, 3, 4].map((length) => new Uint32Array(size ** length)),
    contexts: [1, 2, 3, 4].map((length) => new Uint32Array(size ** (length - 1))),
  };
  const { ends, contexts } = model;
  const learned = new Set(names);
  const count = (name: string, by: number): void =>
    eachGram(name, (length, gram, context) => {
      const [here, there] = [ends[length], contexts[length]];
      if (here !== undefined) here[gram] = (here[gram] ?? 0) + by;
      if (there !== undefined) there[context] = (there[context] ?? 0) + by;
    });
  for (const name of names) count(name, 1);
  return {
    of: (name, without) => {
      const aside = without.filter((one) => learned.has(one));
      for (const one of aside) count(one, -1);
      let nats = 0;
      let estimate = 0;
      eachGram(name, (length, gram, context) => {
        if (length === 0) {
          nats -= Math.log(estimate || 1);
          estimate = 1 / 40;
        }
        estimate = ((ends[length]?.[gram] ?? 0) + trust * estimate) / ((contexts[length]?.[context] ?? 0) + trust);
      });
      for (const one of aside) count(one, 1);
      return nats - Math.log(estimate || 1);
    },
  };
}

/** Calls with every sequence of 1 to 4 symbols that ends at each place, shortest first; length is told from 0. */
function eachGram(name: string, visit: (length: number, gram: number, context: number) => void): void {
  for (let index = 0; index <= name.length; index += 1) {
    const last = index === name.length ? end : symbol(name.charCodeAt(index));
    let context = 0;
    let scale = 1;
    for (let length = 0; length < 4 && index - length >= 0; length += 1) {
      if (length > 0) {
        const at = index - length;
        context += scale * symbol(name.charCodeAt(at));
        scale *= size;
      }
      visit(length, context * size + last, context);
    }
    if (index < 3) visit(index + 1, (context + scale * start) * size + last, context + scale * start);
  }
}

function symbol(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  if (code >= 48 && code <= 57) return code - 22;
  return 36;
}
