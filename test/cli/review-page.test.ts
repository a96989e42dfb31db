import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type PageServer, startPage } from '../cli-page/page-server.ts';
import { evidenceOf, holdOf, iso, openTable, recordOf } from '../cli-page/records.ts';
import { sandbox, until } from '../helpers/awspip.ts';

/** Debian's browser. Without it, the tests in a browser are skipped; `.ci/run` installs it. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const images = path.resolve(import.meta.dirname, '../../docs/images');

const hostile = '</bdi><script>window.attacked = 1</script>\u202e"><img src=x onerror="window.attacked = 1">';

/** Returns a queue as a team may have it, with one release whose texts attack the page. */
function team(isAttacked = true) {
  const similar = { text: 'Name similar to requests', points: 40 };
  const young = { reasons: [{ text: 'Released less than 3 days ago' }], heldUntil: iso(30) };
  const [requester] = holdOf('x').requesters;
  const path = [{ name: holdOf('report-tools').name, version: '2.1' }];
  const attack = [{ ...requester!, by: hostile, reason: hostile, roots: [hostile] }];
  const holds = [
    holdOf('request2', {
      ...{ version: '0.2', reasons: [{ text: 'Downloads < 300', points: 20 }, similar], riskLevel: 'Yellow' },
      ...{ score: { min: 20, max: 30 }, similarPackages: ['requests'], unknownSources: ['GitHub'], since: iso(-30) },
      requesters: [{ ...requester!, reason: 'for the import of old data', neededBy: path }],
    }),
    holdOf('liked', { since: iso(-20) }),
    holdOf('hostile', {
      since: iso(-10),
      reasons: [{ text: hostile }],
      detail: 'x'.repeat(10_000),
      requesters: attack,
    }),
    holdOf('newer', { ...young, since: iso(-9) }),
    holdOf('numpyy', { kind: 'BLOCKED', reasons: [{ text: 'Known malware: MAL-2026-1' }], since: iso(-8) }),
  ];
  const releases = [recordOf('request2', { version: '0.1', status: 'SECURE' }), recordOf('rich', { status: 'SECURE' })];
  const days = Array.from({ length: 60 }, (_, at) => ({
    ...{
      requestId: `r${at}`,
      refusals: [],
      status: (['SECURE', 'SECURE', 'HELD', 'BLOCKED'] as const)[at % 4],
      endedAt: iso(-9 * at),
    },
  }));
  return openTable({
    ...{ holds: holds.filter(({ name }) => isAttacked || name !== 'hostile'), releases, requests: days as never },
    evidence: { 'request2 0.2': evidenceOf(), 'request2 0.1': evidenceOf({ licence: { known: true, value: 'BSD' } }) },
  });
}

test('awspip review prints an address that opens the page, and ends on Ctrl-C', async () => {
  const user = await sandbox();
  const command = user.start(['review', '--no-open']);
  await until('the address', () => command.stdout().endsWith('\n'));
  const address = command.stdout().trim();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
  const opened = await fetch(address);
  const [, location = ''] = /href="([^"]+)"/.exec(await opened.text()) ?? [];
  const cookie = (opened.headers.get('set-cookie') ?? '').replace(/;.*/, '');
  const style = await fetch(new URL(`${location}style.css`, address), { headers: { cookie } });
  expect([style.status, (await fetch(address)).status]).toEqual([200, 403]);
  process.kill(command.pid, 'SIGINT');
  expect(await command.ended).toMatchObject({ exitCode: 0 });
  await user.remove();
});

describe.skipIf(executablePath === undefined)('in a browser (needs Chromium)', () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => browser?.close());
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  const noteError = (status: number, address: string, text: string) => {
    if (status >= 400) problems.push(`${status} ${address} ${text.slice(0, 300)}`);
  };
  /** Opens the page of a team, and collects what the browser reports as an error. */
  async function open(width = 1_280, colorScheme: 'light' | 'dark' = 'light', table = team()) {
    server = await startPage(table);
    page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.setDefaultTimeout(10_000);
    problems = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('response', async (answer) =>
      noteError(answer.status(), answer.url(), await answer.text().catch(() => '')),
    );
    page.on('dialog', (dialog) => {
      problems.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${server.origin}${server.openPath}`);
    await page.waitForSelector('.queue');
    return table;
  }
  const heading = () => page.textContent('#release');
  const tabs = ['hold', 'age', 'blocked', 'vetted', 'decisions', 'figures', 'replay'];
  const visit = (query: string) => page.goto(`${server.origin}${server.path}${query}`);

  test('a release is approved by keyboard alone, and its end is the policy’s', async () => {
    const table = await open();
    expect(await heading()).toBe('request2 0.2');
    await Promise.all([page.waitForURL(/liked/), page.keyboard.press('j')]);
    expect(await heading()).toBe('liked 1.0');
    await Promise.all([page.waitForURL(/request2/), page.keyboard.press('k')]);
    await page.keyboard.press('a');
    await page.keyboard.type('we read it');
    await page.focus('#days');
    await Promise.all([page.waitForSelector('.notice'), page.keyboard.press('Enter')]);
    expect(await page.textContent('#notices')).toContain('approved request2==0.2 by lea@b');
    expect(await page.evaluate('document.activeElement.id')).toBe('notices');
    expect(table.approvals).toMatchObject([{ name: 'request2', kind: 'approve', reason: 'we read it' }]);
    expect(await heading()).toBe('liked 1.0');
    expect(problems).toEqual([]);
  });

  test('two releases are denied with a template, and a search finds one', async () => {
    const table = await open();
    await page.keyboard.press('x');
    await Promise.all([page.waitForURL(/q=lik/), search('lik')]);
    expect(await page.locator('.queue .entry').count()).toBe(1);
    await Promise.all([page.waitForURL(/q=$/), search('')]);
    await page.check('input[value="liked==1.0"]');
    expect(await page.textContent('#checked')).toBe('and 1 checked');
    await page.click('button[data-kind=deny] >> nth=1');
    await page.fill('#reason', `${await page.inputValue('#reason')}rich`);
    await Promise.all([page.waitForSelector('.notice'), page.click('#decide button.main')]);
    expect(table.approvals.map(({ name, kind, reason }) => [name, kind, reason])).toEqual([
      ['liked', 'deny', 'Not needed; use this project: rich'],
      ['request2', 'deny', 'Not needed; use this project: rich'],
    ]);
    expect(problems).toEqual([]);
  });

  async function search(text: string): Promise<void> {
    await page.keyboard.press('/');
    await page.fill('#search', text);
    await page.keyboard.press('Enter');
  }

  test('hostile texts run nothing and are shown', async () => {
    await open();
    await visit('?release=hostile%3D%3D1.0');
    expect(await heading()).toBe('hostile 1.0');
    expect(await page.textContent('.card')).toContain('<script>window.attacked = 1</script>\\u{202e}');
    expect(await page.evaluate('window.attacked')).toBe(undefined);
    expect(problems).toEqual([]);
  });

  test('each tab fits a screen of 380 pixels, hostile texts included', async () => {
    await open(380);
    for (const query of [...tabs.map((tab) => `?tab=${tab}`), '?release=hostile%3D%3D1.0']) {
      await visit(query);
      expect([query, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([query, 380]);
    }
  });

  test.each(['light', 'dark'] as const)('no tab has a serious finding of axe, %s', async (scheme) => {
    await open(scheme === 'light' ? 1_280 : 380, scheme);
    // The colors of the other scheme are in these two.
    for (const tab of scheme === 'light' ? tabs : ['hold', 'figures']) {
      await visit(`?tab=${tab}`);
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect([tab, serious.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([tab, []]);
    }
    expect(problems).toEqual([]);
  });

  test.runIf(process.env.UPDATE_DOCS === '1')('the documentation gets its pictures', async () => {
    await mkdir(images, { recursive: true });
    await open(1_100, 'light', team(false));
    await page.screenshot({ path: path.join(images, 'review.png') });
  });
});

type AxeResult = {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
};
