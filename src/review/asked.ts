import type { ProjectName } from '../index/types.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { Approval, Refusal } from '../vetting/types.ts';
import type { Records } from './types.ts';

/** A release that a command of this user asked for and that nobody has decided about yet. */
export type Asked = {
  /** The deployment: `aws` or `local`, and the domain. */
  readonly deployment: string;
  readonly name: ProjectName;
  readonly version: string;
  /** ISO time. */
  readonly at: string;
};

/** A decision about a release that this user asked for. */
export type AskedNews = { readonly asked: Asked; readonly decision: Approval };

const maxEntries = 50;
const maxAgeMilliseconds = 30 * 86_400_000;
/** The number of projects that one command reads the decisions of. */
const maxProjects = 5;

/** Reads the list from its file. A damaged file counts as empty: it holds nothing but what to look up. */
export function parseAsked(text: string | undefined): readonly Asked[] {
  if (text === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isAsked).slice(0, maxEntries) : [];
  } catch {
    return [];
  }
}

function isAsked(value: unknown): value is Asked {
  const { deployment, name, version, at } = (value ?? {}) as Record<string, unknown>;
  return [deployment, name, version, at].every((member) => typeof member === 'string');
}

/** Returns the list with what stops a request, the newest first. `now` in epoch milliseconds. */
export function addAsked(
  known: readonly Asked[],
  deployment: string,
  refusals: readonly Refusal[],
  now: number,
): readonly Asked[] {
  const at = new Date(now).toISOString();
  const added = refusals.flatMap(({ fatal, kind, name, version }): Asked[] =>
    fatal && version !== null && (kind === 'HELD' || kind === 'BLOCKED') ? [{ deployment, name, version, at }] : [],
  );
  const keyOf = (asked: Asked) => `${asked.deployment} ${asked.name} ${asked.version}`;
  const keys = new Set(added.map(keyOf));
  const others = known.filter((asked) => !keys.has(keyOf(asked)) && now - Date.parse(asked.at) < maxAgeMilliseconds);
  return [...added, ...others].slice(0, maxEntries);
}

/**
 * Returns the decisions of others about what this user asked for. It reads the decisions of at most five projects.
 *
 * @param userName the decisions that this user entered are no news
 */
export async function readNews(
  asked: readonly Asked[],
  records: Pick<Records, 'approvalsOf'>,
  { userName, now }: { readonly userName: string; readonly now: number },
): Promise<readonly AskedNews[]> {
  const names = [...new Set(asked.map(({ name }) => name))].slice(0, maxProjects);
  const approvals = new Map(
    await Promise.all(names.map(async (name) => [name, await records.approvalsOf(name)] as const)),
  );
  return asked.flatMap((one): AskedNews[] => {
    const decision = activeApproval(approvals.get(one.name) ?? [], one.version, now);
    return decision === undefined || decision.createdAt < one.at || decision.enteredBy === userName
      ? []
      : [{ asked: one, decision }];
  });
}
