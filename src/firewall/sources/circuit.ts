/** Remembers that a source is not to be asked for a while, and why. */
export type Circuit = {
  /** Why it is not to be asked now; undefined when it may be. */
  readonly open: () => string | undefined;
  /** @param until epoch milliseconds */
  readonly skip: (until: number, why: string) => void;
};

/** One circuit per source. @param now epoch milliseconds */
export function circuit(now: () => number): Circuit {
  let skipped: { until: number; why: string } | undefined;
  return {
    open: () => (skipped !== undefined && now() < skipped.until ? skipped.why : undefined),
    skip: (until, why) => {
      skipped = { until, why };
    },
  };
}
