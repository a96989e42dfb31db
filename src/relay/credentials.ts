import type { Secret } from '../secret.ts';

/** The token in use and how it is replaced. */
export type Credentials = {
  current(): Promise<Secret>;
  /** Another token than the one that was refused, or undefined when there is none to be had. */
  after(refused: Secret): Promise<Secret | undefined>;
  /** Says that a token got from `after` was refused too: no renewal helps. */
  renewedInVain(): void;
  forget(): void;
};

type Source = { readonly token: () => Promise<Secret>; readonly renewToken: () => Promise<Secret> };

/** Many requests may be refused at once: they share one renewal, and after a vain one nobody asks again. */
export function openCredentials({ token, renewToken }: Source): Credentials {
  let current: Promise<Secret> | undefined;
  let vain = false;

  const keep = (next: Promise<Secret>): Promise<Secret> => {
    current = next;
    // A failure is not kept: the next request may have more luck.
    next.catch(() => {
      if (current === next) current = undefined;
    });
    return next;
  };

  return {
    current: () => current ?? keep(token()),
    async after(refused) {
      if (vain) return undefined;
      const pending = current;
      const latest = pending === undefined ? undefined : await pending.catch(() => undefined);
      if (latest !== undefined && latest.reveal() !== refused.reveal()) return latest;
      const next = await (current === pending || current === undefined ? keep(renewToken()) : current);
      return next.reveal() === refused.reveal() ? undefined : next;
    },
    renewedInVain() {
      vain = true;
    },
    forget() {
      vain = false;
      // Whoever gives the tokens may know a better one by now.
      current = undefined;
    },
  };
}
