import { oneLine } from '../../printable.ts';
import type { CodeEvent } from '../python/events.ts';
import { hole } from '../python/values.ts';
import type { Reach } from '../types.ts';
import type { CodeFinding } from './code-finding.ts';

const maxSeen = 200;

/** Returns a finding with printable text of limited length. */
export function codeFinding(kind: Reach, path: string, line: number, seen: string): CodeFinding {
  const shown = oneLine(seen).replaceAll(hole, '…').replace(/\s+/g, ' ').trim();
  return { kind, path: oneLine(path).slice(0, 300), line, seen: shown.slice(0, maxSeen) };
}

/** Files that run at a login, at a schedule or whenever Python starts, and files that grant access. */
const startupPath =
  /(?:^|[/\\~])\.(?:bashrc|bash_profile|bash_login|bash_aliases|profile|zshrc|zprofile|zshenv|zlogin|xinitrc|xprofile|pythonrc|config[/\\](?:autostart|fish|systemd)|ssh[/\\]|ssh$)|authorized_keys|[/\\]etc[/\\](?:cron|profile|rc\.local|ld\.so\.preload|sudoers|systemd|init)|\bcron(?:\.d|tabs)\b|Launch(?:Agents|Daemons)|[/\\]Startup\b|Start Menu|CurrentVersion[/\\]+Run|(?:site|user)customize|systemd[/\\]user/i;

export const isStartupPath = (path: string): boolean => startupPath.test(path);

/** Returns the findings in code that runs while pip builds. */
export function buildFindings(events: readonly CodeEvent[]): readonly CodeFinding[] {
  const writers = new Set(events.flatMap(({ kind, path }) => (kind === 'writes' ? [path] : [])));
  return events.flatMap((event): readonly CodeFinding[] => {
    const kind = buildKind(event, writers);
    return kind === undefined ? [] : [codeFinding(kind, event.path, event.line, event.seen)];
  });
}

function buildKind({ kind, path, detail = '' }: CodeEvent, writers: ReadonlySet<string>): Reach | undefined {
  switch (kind) {
    case 'network':
    case 'shell':
    case 'program':
    case 'hidden':
      return kind;
    case 'opaque':
      return 'hidden';
    case 'persists':
      return 'persistence';
    case 'writes':
      return isStartupPath(detail) || /\.pth(?:$|\s)/.test(detail) ? 'persistence' : undefined;
    case 'text':
      return writers.has(path) && isStartupPath(detail) ? 'persistence' : undefined;
    default:
      return undefined;
  }
}

/** Returns the events that make startup code more than a change of the module path. */
export function startupReach(events: readonly CodeEvent[], path: string): CodeEvent | undefined {
  return events.find((event) => {
    if (event.path === path) return event.kind !== 'text' && event.kind !== 'environment';
    // Importing a network module is usual for a package; connecting while Python starts is not.
    return /^(?:connects|program|hidden|persists)$/.test(event.kind);
  });
}
