import type { Secret } from '../secret.ts';

/** The current token and its renewal. */
export type Credentials = {
  current(): Promise<Secret>;
  /** Returns a token other than the rejected one, or undefined when there is none. */
  renew(rejected: Secret): Promise<Secret | undefined>;
  /** Records that a renewed token was rejected too, so that no further renewal is tried. */
  markRenewalFailed(): void;
  reset(): void;
};

type TokenSource = { readonly token: () => Promise<Secret>; readonly renewToken: () => Promise<Secret> };

/**
 * Opens the credentials. Concurrent rejected requests share one renewal. After a failed renewal, none is tried until
 * `reset`.
 */
export function openCredentials({ token, renewToken }: TokenSource): Credentials {
  let current: Promise<Secret> | undefined;
  let renewalFailed = false;

  const cache = (next: Promise<Secret>): Promise<Secret> => {
    current = next;
    // A failed request for a token is not cached, because the next one may succeed.
    next.catch(() => {
      if (current === next) current = undefined;
    });
    return next;
  };

  return {
    current: () => current ?? cache(token()),
    async renew(rejected) {
      if (renewalFailed) return undefined;
      const pending = current;
      const latest = pending === undefined ? undefined : await pending.catch(() => undefined);
      if (latest !== undefined && latest.reveal() !== rejected.reveal()) return latest;
      const next = await (current === pending || current === undefined ? cache(renewToken()) : current);
      return next.reveal() === rejected.reveal() ? undefined : next;
    },
    markRenewalFailed() {
      renewalFailed = true;
    },
    reset() {
      renewalFailed = false;
      // The token source may have a newer token.
      current = undefined;
    },
  };
}
