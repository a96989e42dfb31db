import type { NoticeWindow } from '../../vetting/notice-window.ts';

/** Notices that were collected: lines, and the number of further ones. */
export type Digest = { readonly lines: readonly string[]; readonly omitted: number };

export type NoticeStep = {
  readonly window: NoticeWindow;
  /** `last`: the notice also says that further ones are collected. `later`: it is collected. */
  readonly send: 'now' | 'last' | 'later';
  /** What an earlier window collected. */
  readonly digest?: Digest | undefined;
};

export const windowMilliseconds = 600_000;
const maxPending = 100;

/**
 * Decides whether a notice is sent alone. The first `after` ones of ten minutes are; the others are collected and sent as
 * one digest when the time is over. `now` in epoch milliseconds.
 */
export function nextNotice(
  window: NoticeWindow | undefined,
  line: string,
  { after, now }: { readonly after: number; readonly now: number },
): NoticeStep {
  const current = window === undefined || isOver(window, now) ? emptyWindow(window, now) : window;
  const digest = window !== current && window !== undefined ? digestOf(window) : undefined;
  const revision = (window?.revision ?? 0) + 1;
  if (current.sent < after) {
    const sent = current.sent + 1;
    return { window: { ...current, sent, revision }, send: sent === after ? 'last' : 'now', digest };
  }
  const isFull = current.pending.length >= maxPending;
  const pending = isFull ? current.pending : [...current.pending, line];
  const omitted = current.omitted + (isFull ? 1 : 0);
  return { window: { ...current, pending, omitted, revision }, send: 'later', digest };
}

/** Returns the digest that is due and the window after it, or undefined if none is. */
export function dueDigest(
  window: NoticeWindow | undefined,
  now: number,
): { readonly window: NoticeWindow; readonly digest: Digest } | undefined {
  const digest = window !== undefined && isOver(window, now) ? digestOf(window) : undefined;
  return digest === undefined ? undefined : { window: emptyWindow(window, now), digest };
}

const isOver = ({ startedAt }: NoticeWindow, now: number): boolean => now >= startedAt + windowMilliseconds;

function emptyWindow(before: NoticeWindow | undefined, now: number): NoticeWindow {
  return { startedAt: now, sent: 0, pending: [], omitted: 0, revision: (before?.revision ?? 0) + 1 };
}

function digestOf({ pending, omitted }: NoticeWindow): Digest | undefined {
  return pending.length === 0 ? undefined : { lines: pending, omitted };
}
