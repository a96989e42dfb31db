import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What the system says of a process: its group, and the group that has its terminal (-1: no terminal). */
export type Groups = { readonly own: number; readonly terminals: number };

/**
 * Checks whether Ctrl-C on the terminal goes to this process and to all it started. Where it does not (a build server, a
 * container without a terminal, a background job), SIGINT comes from somebody who named this process alone.
 */
export function hasTerminal(platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32') return true; // a console tells everything on it
  const groups = platform === 'linux' ? groupsOfStat(read('/proc/self/stat')) : groupsOfPs(ask());
  return groups === undefined || groups.own === groups.terminals;
}

/** From Linux' `/proc/PID/stat`; the program's name, in parentheses, may hold anything. */
export function groupsOfStat(text: string): Groups | undefined {
  const [, , own, , , terminals] = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  return numbers(own, terminals);
}

/** From `ps -o pgid= -o tpgid=`, which macOS and the BSDs have; 0 there for no terminal. */
export function groupsOfPs(text: string): Groups | undefined {
  const [own, terminals] = text.trim().split(/\s+/);
  return numbers(own, terminals);
}

function numbers(own: string | undefined, terminals: string | undefined): Groups | undefined {
  const [group, other] = [Number.parseInt(own ?? '', 10), Number.parseInt(terminals ?? '', 10)];
  return Number.isNaN(group) || Number.isNaN(other) ? undefined : { own: group, terminals: other };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function ask(): string {
  try {
    const columns = ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)];
    return execFileSync('ps', columns, { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
