import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { oneLine } from '../printable.ts';
import { type Asked, type AskedNews, addAsked, parseAsked, readNews } from '../review/asked.ts';
import { stateFolder } from '../settings/folders.ts';
import type { Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import type { Refusal } from '../vetting/types.ts';
import type { Composition, Context } from './context.ts';
import { decisionText } from './review/queue-text.ts';

/** Remembers what this user asked for, and says in a later command what was decided about it. */
export type AskedNewsReader = {
  /** Starts to look for decisions, in parallel with the command. Nothing waits for it. */
  readonly start: () => void;
  /** Prints one line if the decisions are known by now. */
  readonly print: () => Promise<void>;
  /** Remembers what stopped the command. */
  readonly remember: (refusals: readonly Refusal[]) => Promise<void>;
};

/** Opens the list of this user for one deployment. A file that cannot be read or written changes nothing else. */
export function openAskedNews(
  resolved: ResolvedSettings,
  mode: Mode,
  composition: Pick<Composition, 'reviewService'>,
  { environment, home, platform, readText, writeText, terminal }: Context,
): AskedNewsReader {
  const folder = resolved.values.stateDirectory ?? stateFolder({ platform, home, environment });
  const file = path.join(folder, 'asked.json');
  const deployment = `${mode} ${resolved.values.domain ?? ''}`;
  const read = async () => parseAsked(await readText(file).catch(() => undefined));
  const write = async (list: readonly Asked[]) => {
    await mkdir(folder, { recursive: true });
    await writeText(file, `${JSON.stringify(list)}\n`);
  };
  let news: readonly AskedNews[] = [];
  const look = async () => {
    const own = (await read()).filter((asked) => asked.deployment === deployment);
    if (own.length === 0) return;
    const service = await composition.reviewService();
    const { userName, now } = service;
    news = await readNews(own, await service.records(mode), { userName, now: now() });
  };
  return {
    start: () => void look().catch(() => {}),
    async print() {
      const [first] = news;
      if (first === undefined) return;
      terminal.stderr.write(`awspip: ${newsText(first, news.length - 1, Date.now())}\n`);
      const printed = new Set(news.map(({ asked }) => JSON.stringify(asked)));
      const rest = (await read()).filter((asked) => !printed.has(JSON.stringify(asked)));
      await write(rest).catch(() => {});
    },
    async remember(refusals) {
      const known = await read();
      const list = addAsked(known, deployment, refusals, Date.now());
      if (list.length > 0 && JSON.stringify(list) !== JSON.stringify(known)) await write(list).catch(() => {});
    },
  };
}

/** Returns one line about a decision, and how many more there are. `now` in epoch milliseconds. */
export function newsText({ asked, decision }: AskedNews, more: number, now: number): string {
  const subject = oneLine(`${asked.name} ${asked.version}`);
  const others = more === 0 ? '' : ` (and ${more} more: \`awspip holds --mine\`)`;
  return `${subject}, which you asked for, is ${decisionText({ ...decision, specifier: '==' }, now)}${others}`;
}
