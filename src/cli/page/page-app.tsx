import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Child } from 'hono/jsx';
import { AwspipError, type ExitReason } from '../../errors.ts';
import { once } from '../../once.ts';
import type { PeerUser } from '../../relay/peer-user.ts';
import { parseSpec } from '../../review/spec.ts';
import type { ReviewService, VetOutcome } from '../../review/types.ts';
import type { Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { backOf, decideForm, errorNotice, requestForm, type SentForm } from './act.ts';
import { Card } from './card.tsx';
import { readCard } from './card-data.ts';
import { DecideForm, RequestForm } from './decide-form.tsx';
import { DecisionsTab } from './decisions-tab.tsx';
import { figuresOf, verdicts } from './figures.ts';
import { FiguresTab } from './figures-tab.tsx';
import { guardHost, guardSession, openOnce, type PageEnvironment } from './guard.ts';
import { MessagePage, OpenedPage, Page, type TabName, tabTitles } from './layout.tsx';
import { type ListEntry, type ListName, listCounts, listOf } from './lists.ts';
import { QueueList } from './queue-list.tsx';
import { oneAtATime, replayForm } from './replay-form.ts';
import { ReplayTab } from './replay-tab.tsx';
import { script } from './script.ts';
import type { Notice, PageSession } from './session.ts';
import { shownText } from './shown-text.ts';
import { keepSnapshot, readSnapshot, type Snapshot } from './snapshot.ts';
import { style } from './style.ts';

/** What the page works with: the rights of the user who runs the command. */
export type PagePorts = {
  readonly service: Pick<ReviewService, 'records' | 'policyNotes' | 'firewall' | 'now' | 'unique' | 'userName'>;
  readonly mode: Mode;
  readonly resolved: ResolvedSettings;
  /** Vets requirements with a reason, as `awspip request` does. */
  readonly vet: (specs: readonly string[], reason: string) => Promise<VetOutcome>;
  readonly session: PageSession;
  readonly peerUser: PeerUser;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
};

/** What a tab shows. */
type View = { snapshot: Snapshot; search: string; notices: readonly Notice[] };

type PageContext = Context<PageEnvironment>;

/** A form has a policy file of 1 MiB, and the text fields. */
const maxFormBytes = 1_048_576 + 65_536;
/** How long a form waits for a vetting. */
const requestMilliseconds = 3_000;
/** The most requests of each verdict that the figures count. */
const maxRequests = 1_000;

const statuses: Readonly<Partial<Record<ExitReason, 400 | 403 | 404 | 503>>> = {
  usage: 400,
  denied: 403,
  notFound: 404,
  unavailable: 503,
};

/** Returns the HTTP application of the page. */
export function pageApp(ports: PagePorts): Hono<PageEnvironment> {
  const { service, mode, session, resolved } = ports;
  const records = once(() => service.records(mode));
  const snapshots = keepSnapshot(
    async () => readSnapshot(await records(), await service.policyNotes(mode), service.now()),
    service.now,
  );
  const replayOnce = oneAtATime();
  let mayDecide = true;
  const place = mode === 'local' ? 'the local stack' : `AWS, domain ${resolved.values.domain ?? 'unknown'}`;
  const app = new Hono<PageEnvironment>();
  app.use(guardHost(message));
  app.get(session.openPath, async (context) =>
    (await openOnce(context, session, ports.peerUser))
      ? document(context, <OpenedPage path={session.path} />)
      : message(context, 403, 'this address was used already; run `awspip review` again for another one'),
  );
  app.use(
    `${session.path}*`,
    bodyLimit({ maxSize: maxFormBytes, onError: (context) => message(context, 413, 'the form is larger than 1 MiB') }),
    guardSession(session, message),
  );
  app.get(`${session.path}style.css`, (context) =>
    context.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }),
  );
  app.get(`${session.path}script.js`, (context) =>
    context.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get(session.path, async (context) => {
    const snapshot = await snapshots.current();
    const tab = tabOf(context.req.query('tab'));
    const search = shownText(context.req.query('q') ?? '');
    const notices = session.takeNotices();
    const content = await contentOf(context, { snapshot, tab, search, notices });
    return frame(context, { snapshot, tab, search, notices }, content);
  });

  function frame(context: PageContext, { snapshot, tab, search, notices }: View & { tab: TabName }, content: Child) {
    const counts = { ...listCounts(snapshot), decisions: snapshot.decisions.length };
    return document(
      context,
      <Page title={tabTitles[tab]} {...{ tab, counts, place, search, notices }}>
        {content}
      </Page>,
    );
  }

  async function contentOf(context: PageContext, view: View & { tab: TabName }): Promise<Child> {
    const { snapshot, tab, search } = view;
    switch (tab) {
      case 'decisions':
        return <DecisionsTab snapshot={snapshot} search={search} now={service.now()} />;
      case 'figures':
        return <FiguresTab figures={figuresOf({ ...snapshot, requests: await finished() }, service.now())} />;
      case 'replay':
        return <ReplayTab token={session.formToken} />;
      default:
        return lists(context, { ...view, list: tab });
    }
  }

  async function finished() {
    const { listByStatus } = await records();
    const listed = await Promise.all(verdicts.map((status) => listByStatus(status, { limit: maxRequests })));
    return listed.flatMap(({ requests }) => requests);
  }

  async function lists(
    context: PageContext,
    {
      snapshot,
      list,
      search,
      notices,
    }: { snapshot: Snapshot; list: ListName; search: string; notices: readonly Notice[] },
  ): Promise<Child> {
    const found = listOf(snapshot, list, search);
    const selected = selectedEntry(found.entries, context.req.query('release'));
    const now = service.now();
    const back = `?${new URLSearchParams({ tab: list, ...(search === '' ? {} : { q: search }), ...(selected && { release: selected.spec }) })}`;
    const typed = notices.find((notice) => notice.typed !== undefined)?.typed ?? {};
    return (
      <div class="layout">
        <QueueList {...{ list, search, found, selected, now }} checkable={mayDecide} complete={snapshot.complete} />
        {selected === undefined ? null : (
          <Card entry={selected} data={await cardOf(selected)} now={now}>
            {mayDecide ? (
              <DecideForm entry={selected} token={session.formToken} notes={snapshot.notes} {...{ back, typed }} />
            ) : (
              <RequestForm entry={selected} token={session.formToken} {...{ back, typed }} />
            )}
          </Card>
        )}
      </div>
    );
  }

  async function cardOf({ name, version }: ListEntry) {
    return readCard(await records(), parseSpec(name).name, version);
  }

  app.post(`${session.path}decide`, async (context) => {
    const form: SentForm = await context.req.parseBody({ all: true });
    await act(form, async () => session.notify(await decideForm(form, { service, mode, resolved })));
    return context.redirect(`${session.path}${backOf(form)}`, 303);
  });
  app.post(`${session.path}request`, async (context) => {
    const form: SentForm = await context.req.parseBody({ all: true });
    await act(form, async () => {
      const { spec, outcome } = requestForm(form, ports.vet);
      const reported = act(form, async () => session.notify(await outcome));
      const isOver = await Promise.race([
        reported.then(() => true),
        ports.sleep(requestMilliseconds).then(() => false),
      ]);
      if (!isOver)
        session.notify({ kind: 'done', lines: [`${spec} is being vetted; the list shows what becomes of it`] });
    });
    return context.redirect(`${session.path}${backOf(form)}`, 303);
  });

  app.post(`${session.path}replay`, async (context) => {
    const form: SentForm = await context.req.parseBody({ all: true });
    const view = { snapshot: await snapshots.current(), tab: 'replay' as const, search: '' };
    try {
      const result = await replayOnce(async () => replayForm(form, await records(), service));
      return frame(context, { ...view, notices: [] }, <ReplayTab token={session.formToken} result={result} />);
    } catch (error) {
      if (!(error instanceof AwspipError)) throw error;
      context.status(400);
      const notices = [errorNotice(error, form)];
      return frame(context, { ...view, notices }, <ReplayTab token={session.formToken} />);
    }
  });

  /** Does what a form asks for. An error that the user can act on becomes a notice. */
  async function act(form: SentForm, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AwspipError)) throw error;
      if (error.exit === 'denied') mayDecide = false;
      session.notify(errorNotice(error, form));
    } finally {
      snapshots.changed();
    }
  }

  app.notFound((context) => message(context, 404, 'there is no such page'));
  app.onError((error, context) => {
    if (!(error instanceof AwspipError)) return message(context, 500, `a bug in awspip: ${error.message}`);
    return message(context, statuses[error.exit] ?? 500, error.message, error.hint);
  });
  return app;
}

function tabOf(text: string | undefined): TabName {
  return text !== undefined && Object.hasOwn(tabTitles, text) ? (text as TabName) : 'hold';
}

/** Returns the entry of the address, else the first one. */
function selectedEntry(entries: readonly ListEntry[], spec: string | undefined): ListEntry | undefined {
  return entries.find((entry) => entry.spec === spec) ?? entries[0];
}

const titles = { 403: 'Not allowed', 404: 'Not found', 413: 'Too large', 421: 'Wrong address' } as const;

function message(
  context: PageContext | Context,
  status: 400 | 403 | 404 | 413 | 421 | 500 | 503,
  text: string,
  hint?: string,
): Response | Promise<Response> {
  context.status(status);
  const title = status in titles ? titles[status as keyof typeof titles] : 'Failed';
  return document(context, <MessagePage title={title} text={text} hint={hint} />);
}

function document(
  context: PageContext | Context,
  page: { toString(): string | Promise<string> },
): Response | Promise<Response> {
  return context.html(`<!doctype html>${page.toString()}`);
}
