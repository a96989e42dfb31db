import type { Refusal, RequestRecord } from '../../vetting/types.ts';
import { truncate } from '../refusals.ts';

/** What the notice about a request says apart from its record. */
export type NoticeExtras = {
  /** The URL of the page on which approvers decide. */
  readonly page?: string | undefined;
  /** ISO time until which further notices are collected for a digest. */
  readonly collectedUntil?: string | undefined;
};

/** A notice: about one request, or about several things together. */
export type Notice =
  | { readonly kind: 'request'; readonly record: RequestRecord; readonly extras: NoticeExtras }
  | {
      readonly kind: 'digest' | 'report';
      readonly title: string;
      readonly lines: readonly string[];
      readonly page?: string | undefined;
    };

/** A way to notify people. */
export type NoticeChannel = {
  readonly name: 'slack' | 'webhook' | 'topic';
  /** @throws AwspipError `unavailable` if the notice was not accepted */
  readonly send: (notice: Notice) => Promise<void>;
};

const maxLines = 40;

/**
 * Returns the line that an approver types, for a release that a person can decide about. Known malware has none, because a
 * copied line must not allow it.
 */
export function approveLine({ kind, name, version, reasons }: Refusal): string | undefined {
  const isMalware = reasons.some(({ text }) => text.startsWith('Known malware'));
  if ((kind !== 'BLOCKED' && kind !== 'HELD') || version === null || isMalware) return undefined;
  return `awspip approve '${name}==${version}' --reason "…"`;
}

/** Returns one line about a request, for a digest. */
export function digestLine({ status, roots, requestedBy, reason, refusals, cause }: RequestRecord): string {
  const stopping = refusals.filter(({ fatal }) => fatal);
  const names = stopping.map(({ name, version }) => (version === null ? name : `${name} ${version}`));
  const subject = names.length === 0 ? roots.join(', ') : names.join(', ');
  const why = reason ?? cause;
  const text = `${status}: ${truncate(subject, 200)}, requested by ${requestedBy}`;
  return truncate(why === undefined ? text : `${text}: ${why}`, 400);
}

/** Returns a notice as plain text: a title, and lines. */
export function noticeText(notice: Notice): { readonly title: string; readonly lines: readonly string[] } {
  if (notice.kind !== 'request') {
    const { title, lines, page } = notice;
    const rest = lines.length > maxLines ? [`… and ${lines.length - maxLines} more`] : [];
    return { title, lines: [...lines.slice(0, maxLines), ...rest, ...pageLines(page)] };
  }
  const { record, extras } = notice;
  const { status, roots, requestedBy, reason, requestId, contact, cause, refusalsOmitted = 0 } = record;
  const stopping = record.refusals.filter(({ fatal }) => fatal);
  return {
    title: `${status}: ${truncate(roots.join(', '), 200)}`,
    lines: [
      ...(cause === undefined ? [] : [cause]),
      ...stopping.flatMap(refusalLines),
      ...(refusalsOmitted > 0 ? [`… and ${refusalsOmitted} more`] : []),
      `requested by ${requestedBy}${reason === undefined ? '' : `: ${reason}`} (request ${requestId})`,
      ...(contact === undefined ? [] : [`contact: ${contact}`]),
      ...pageLines(extras.page),
      ...collectedLines(extras),
    ],
  };
}

function refusalLines(refusal: Refusal): readonly string[] {
  const { name, version, kind, reasons, heldUntil } = refusal;
  const line = approveLine(refusal);
  return [
    `${version === null ? name : `${name} ${version}`} (${kind}): ${reasons.map(({ text }) => text).join('; ')}`,
    ...(heldUntil === undefined ? [] : [`  on hold until ${heldUntil}`]),
    ...(line === undefined ? [] : [`  ${line}`]),
  ];
}

const pageLines = (page: string | undefined): readonly string[] => (page === undefined ? [] : [page]);

/** Returns the sentence that further notices are collected. */
export function collectedLines({ collectedUntil }: NoticeExtras): readonly string[] {
  return collectedUntil === undefined
    ? []
    : [`further notices are collected until ${collectedUntil}; \`awspip holds\` shows them now`];
}
