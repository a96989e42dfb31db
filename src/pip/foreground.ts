import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process group, and the foreground group of its terminal (-1 without a terminal). */
export type ProcessGroups = { readonly group: number; readonly terminal: number };

/**
 * Checks whether Ctrl-C on the terminal reaches this process and its children. If not (a build server, a container
 * without a terminal, a background job), SIGINT was sent to this process alone.
 */
export function isForeground(platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32') return true; // a console signals every process attached to it
  const groups = platform === 'linux' ? parseStat(readOptional('/proc/self/stat')) : parsePs(runPs());
  return groups === undefined || groups.group === groups.terminal;
}

/** Reads `/proc/PID/stat` of Linux. The program's name, in parentheses, may contain any character. */
export function parseStat(text: string): ProcessGroups | undefined {
  const [, , group, , , terminal] = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  return parseGroups(group, terminal);
}

/** Reads the output of `ps -o pgid= -o tpgid=` on macOS and the BSDs, where 0 means no terminal. */
export function parsePs(text: string): ProcessGroups | undefined {
  const [group, terminal] = text.trim().split(/\s+/);
  return parseGroups(group, terminal);
}

function parseGroups(groupText = '', terminalText = ''): ProcessGroups | undefined {
  const [group, terminal] = [Number.parseInt(groupText, 10), Number.parseInt(terminalText, 10)];
  return Number.isNaN(group) || Number.isNaN(terminal) ? undefined : { group, terminal };
}

function readOptional(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function runPs(): string {
  try {
    const columns = ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)];
    return execFileSync('ps', columns, { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
