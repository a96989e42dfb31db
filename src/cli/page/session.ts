import { createHash, timingSafeEqual } from 'node:crypto';

/** The outcome of the last form, for the next page. */
export type Notice = {
  readonly kind: 'done' | 'error';
  readonly lines: readonly string[];
  /** What was typed, if the form is to be shown again. */
  readonly typed?: Readonly<Record<string, string>> | undefined;
};

/** The one browser that may use the page. */
export type PageSession = {
  /** The path of the page. The cookie is valid below it, because cookies of a host are sent to all of its ports. */
  readonly path: string;
  readonly openPath: string;
  readonly cookie: string;
  readonly formToken: string;
  /** Accepts the one-time address the first time. */
  readonly open: () => boolean;
  readonly isCookie: (value: string | undefined) => boolean;
  readonly isFormToken: (value: unknown) => boolean;
  readonly notify: (notice: Notice) => void;
  /** Returns the notices since the last page. */
  readonly takeNotices: () => readonly Notice[];
};

const maxNotices = 10;

/** Opens a session. `secret` returns a new random text each time. */
export function openSession(secret: () => string): PageSession {
  const cookie = secret();
  const formToken = secret();
  let isOpened = false;
  let notices: readonly Notice[] = [];
  return {
    path: `/${secret()}/`,
    openPath: `/${secret()}`,
    cookie,
    formToken,
    open() {
      if (isOpened) return false;
      isOpened = true;
      return true;
    },
    isCookie: (value) => isEqual(value, cookie),
    isFormToken: (value) => isEqual(value, formToken),
    notify(notice) {
      notices = [...notices, notice].slice(-maxNotices);
    },
    takeNotices() {
      const taken = notices;
      notices = [];
      return taken;
    },
  };
}

/** Compares in constant time. Hashes, because `timingSafeEqual` needs equal lengths. */
function isEqual(value: unknown, expected: string): boolean {
  return typeof value === 'string' && timingSafeEqual(digest(value), digest(expected));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
