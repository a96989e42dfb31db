import type { Policy } from '../../firewall/policy.ts';
import type { VettingStore } from '../../vetting/store-types.ts';
import type { RequestRecord } from '../../vetting/types.ts';
import { digestLine, type Notice, type NoticeChannel } from './notice.ts';
import { type Digest, dueDigest, type NoticeStep, nextNotice, windowMilliseconds } from './notice-window.ts';

/** What notices need. */
export type NoticePorts = {
  readonly policy: Pick<Policy, 'notify'>;
  readonly channels: readonly NoticeChannel[];
  readonly store: Pick<VettingStore, 'noticeWindow' | 'putNoticeWindow' | 'updateRequest'>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

type Notices = {
  /** Sends the notice about a request, or collects it if there were many. Throws if a channel did not accept it. */
  readonly notify: (record: RequestRecord) => Promise<void>;
  /** Sends what was collected, if its time has come. */
  readonly flush: () => Promise<void>;
  /** Sends a report of several lines. */
  readonly report: (title: string, lines: readonly string[]) => Promise<void>;
};

const maxTries = 8;

/** Opens the notices of a policy. Only requests whose status is in its `notify.on` have one. */
export function openNotices({ policy, channels, store, now }: NoticePorts): Notices {
  const { on, page, digestAfter } = policy.notify;
  const sendDigest = (digest: Digest) => sendToAll(channels, digestNotice(digest, page));
  return {
    async notify(record) {
      if (channels.length === 0 || !on.some((status) => status === record.status)) return;
      const { requestId, execution, noticed } = record;
      // A repetition sends the notice only where it was not accepted.
      const step =
        noticed === undefined ? await takeStep(store, record, { after: digestAfter, now: now() }) : undefined;
      const extras = { page, collectedUntil: step?.send === 'last' ? untilOf(step) : undefined };
      const notice: Notice = { kind: 'request', record, extras };
      const due = step?.send === 'later' ? [] : channels.filter(({ name }) => noticed?.includes(name) !== true);
      const { accepted, failures } = await attempt(due, notice);
      if (step?.digest !== undefined) await sendDigest(step.digest);
      const [failure] = failures;
      if (failure === undefined) return;
      await store.updateRequest(requestId, execution, { noticed: [...(noticed ?? []), ...accepted] });
      throw failure;
    },
    async flush() {
      if (channels.length === 0) return;
      const window = await store.noticeWindow();
      const due = dueDigest(window, now());
      if (due !== undefined && (await store.putNoticeWindow(due.window, window))) await sendDigest(due.digest);
    },
    report: (title, lines) => sendToAll(channels, { kind: 'report', title, lines, page }),
  };
}

const untilOf = ({ window }: NoticeStep): string => new Date(window.startedAt + windowMilliseconds).toISOString();

/** Counts a notice. If other executions keep changing the count, it is sent alone. */
async function takeStep(
  store: NoticePorts['store'],
  record: RequestRecord,
  options: { readonly after: number; readonly now: number },
): Promise<NoticeStep | undefined> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const window = await store.noticeWindow();
    const step = nextNotice(window, digestLine(record), options);
    if (await store.putNoticeWindow(step.window, window)) return step;
  }
  return undefined;
}

function digestNotice({ lines, omitted }: Digest, page: string | undefined): Notice {
  const all = omitted === 0 ? lines : [...lines, `… and ${omitted} more`];
  const title = `${lines.length + omitted} more requests were not allowed; \`awspip holds\` shows them all`;
  return { kind: 'digest', title, lines: all, page };
}

async function attempt(channels: readonly NoticeChannel[], notice: Notice) {
  const results = await Promise.allSettled(channels.map(({ send }) => send(notice)));
  return {
    accepted: channels.flatMap(({ name }, at) => (results[at]?.status === 'fulfilled' ? [name] : [])),
    failures: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  };
}

/** Sends a notice to every channel. The others get it also if one fails. */
async function sendToAll(channels: readonly NoticeChannel[], notice: Notice): Promise<void> {
  const { failures } = await attempt(channels, notice);
  if (failures.length > 0) throw failures[0];
}
