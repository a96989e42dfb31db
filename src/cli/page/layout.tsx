import type { Child } from 'hono/jsx';
import { listTitles } from './lists.ts';
import type { Notice } from './session.ts';
import { shownText } from './shown-text.ts';

/** The tabs of the page, by their name in the address. */
export const tabTitles = { ...listTitles, decisions: 'Decisions', figures: 'Figures', replay: 'Try a policy' } as const;

export type TabName = keyof typeof tabTitles;

/** Shows text that somebody else wrote, isolated from the direction of the text around it. */
export const Text = ({ of, max }: { of: string; max?: number }) => <bdi>{shownText(of, max)}</bdi>;

type PageProps = {
  title: string;
  tab?: TabName | undefined;
  counts?: Readonly<Partial<Record<TabName, number>>>;
  /** Where the records are: `the local stack`, or the domain on AWS. */
  place: string;
  search?: string;
  notices: readonly Notice[];
  children?: Child;
};

/** The frame of every page. */
export function Page({ title, tab, counts = {}, place, search = '', notices, children }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · awspip review`}</title>
        <link rel="stylesheet" href="style.css" />
        <script src="script.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header>
          <h1>awspip review</h1>
          <p class="place">
            <Text of={place} />
          </p>
          <nav aria-label="Lists">
            <ul class="tabs">
              {Object.entries(tabTitles).map(([name, text]) => (
                <li>
                  <a href={`./?tab=${name}`} aria-current={name === tab ? 'page' : undefined}>
                    {text}
                    {counts[name as TabName] === undefined ? null : ` (${counts[name as TabName]})`}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          {tab === undefined || tab === 'figures' || tab === 'replay' ? null : (
            <search>
              <form class="search" method="get" action="./">
                <input type="hidden" name="tab" value={tab} />
                <label for="search">Name</label>
                <input id="search" type="search" name="q" value={search} maxlength={200} />
                <button type="submit">Search</button>
              </form>
            </search>
          )}
        </header>
        <Notices notices={notices} />
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer>
          <p>
            Keys: <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>x</kbd> check, <kbd>a</kbd> approve, <kbd>d</kbd> deny,{' '}
            <kbd>/</kbd> search
          </p>
        </footer>
      </body>
    </html>
  );
}

/** The result of the last form. The script moves the focus to it, so that screen readers read it. */
function Notices({ notices }: { notices: readonly Notice[] }) {
  return (
    <div id="notices" role="status" aria-live="polite" tabindex={-1}>
      {notices.map(({ kind, lines }) => (
        <div class={`notice ${kind}`}>
          <strong>{kind === 'done' ? 'Done' : 'Not done'}</strong>
          {lines.map((line) => (
            <p>
              <Text of={line} max={1_000} />
            </p>
          ))}
        </div>
      ))}
    </div>
  );
}

/** A whole page with one message, for requests that are rejected. It has no address of the session. */
export function MessagePage({ title, text, hint }: { title: string; text: string; hint?: string | undefined }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          <p>
            <Text of={text} max={1_000} />
          </p>
          {hint === undefined ? null : (
            <p>
              <Text of={hint} max={1_000} />
            </p>
          )}
        </main>
      </body>
    </html>
  );
}

/** Goes to the page by itself. A redirect would lack the cookie if another page opened the address. */
export function OpenedPage({ path }: { path: string }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0;url=${path}`} />
        <title>awspip review</title>
      </head>
      <body>
        <main>
          <a href={path}>Open the queue</a>
        </main>
      </body>
    </html>
  );
}
