import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process group, and the foreground group of its terminal (-1 without a terminal). */
export type Groups = { readonly own: number; readonly terminals: number };

/**
 * Checks whether Ctrl-C on the terminal reaches this process and its children. If not (a build server, a container
 * without a terminal, a background job), SIGINT was sent to this process alone.
 */
export function hasTerminal(platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32') return true; // a console signals every process attached to it
  const groups = platform === 'linux' ? groupsOfStat(read('/proc/self/stat')) : groupsOfPs(ask());
  return groups === undefined || groups.own === groups.terminals;
}

/** Reads `/proc/PID/stat` of Linux. The program's name, in parentheses, may contain any character. */
export function groupsOfStat(text: string): Groups | undefined {
  const [, , own, , , terminals] = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  return numbers(own, terminals);
}

/** Reads the output of `ps -o pgid= -o tpgid=` on macOS and the BSDs, where 0 means no terminal. */
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
