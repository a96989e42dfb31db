import { type Stats, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A user and a password for Basic authorization. */
export type Credentials = { readonly username: string; readonly password: string };

type Entry = { login: string; account: string; password: string };

/** Larger files are ignored. */
const maxBytes = 1024 * 1024;
const whitespace = new Set([' ', '\t', '\r', '\n']);

/** Reads the tokens of a netrc file. A token may be in quotation marks, and a backslash quotes one character. */
class Tokens {
  readonly #text: string;
  #at = 0;
  #pushedBack: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the next token; the empty text at the end. */
  next(): string {
    const pushed = this.#pushedBack;
    this.#pushedBack = undefined;
    if (pushed !== undefined) return pushed;
    while (whitespace.has(this.#text[this.#at] ?? '')) this.#at += 1;
    const isQuoted = this.#text[this.#at] === '"';
    if (isQuoted) this.#at += 1;
    let token = '';
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (isQuoted ? character === '"' : whitespace.has(character)) break;
      if (character === '\\') this.#at += 1;
      token += this.#text[this.#at] ?? '';
    }
    if (isQuoted) this.#at += 1;
    return token;
  }

  pushBack(token: string): void {
    this.#pushedBack = token;
  }

  /** Skips the rest of the line, and returns it. Undefined at the end of the text. */
  line(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return line;
  }
}

/** Skips a macro, which ends at an empty line. Returns whether it ends. */
function skipMacro(tokens: Tokens): boolean {
  tokens.next();
  tokens.line();
  for (let line = tokens.line(); line !== undefined; line = tokens.line()) if (line === '') return true;
  return false;
}

/** Reads the fields of one machine. Undefined for an unknown field. */
function readEntry(tokens: Tokens): Entry | undefined {
  const entry: Entry = { login: '', account: '', password: '' };
  for (;;) {
    const token = tokens.next();
    if (token.startsWith('#')) tokens.line();
    else if (['', 'machine', 'default', 'macdef'].includes(token)) {
      tokens.pushBack(token);
      return entry;
    } else if (token === 'login' || token === 'user') entry.login = tokens.next();
    else if (token === 'account') entry.account = tokens.next();
    else if (token === 'password') entry.password = tokens.next();
    else return undefined;
  }
}

/**
 * Parses a netrc file as Python's `netrc` module does, and returns the credentials for a host: those of its machine, or
 * those of `default`. Undefined if there are none, or the file is invalid, which pip ignores too.
 */
export function credentialsInNetrc(text: string, host: string): Credentials | undefined {
  const tokens = new Tokens(text);
  const entries = new Map<string, Entry>();
  for (let token = tokens.next(); token !== ''; token = tokens.next()) {
    if (token.startsWith('#')) {
      tokens.line();
      continue;
    }
    if (token === 'macdef') {
      if (!skipMacro(tokens)) return undefined;
      continue;
    }
    const name = token === 'machine' ? tokens.next() : token === 'default' ? 'default' : '';
    const entry = name === '' ? undefined : readEntry(tokens);
    if (entry === undefined) return undefined;
    entries.set(name, entry);
  }
  const found = entries.get(host) ?? entries.get('default');
  if (found === undefined) return undefined;
  const { login, account, password } = found;
  return login + account + password === '' ? undefined : { username: login || account, password };
}

/** Each request looks for the file, and most machines have none. Without a thread, that takes a few microseconds. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Returns the credentials for a host in the first of these files that exists. */
export async function netrcCredentials(files: readonly string[], host: string): Promise<Credentials | undefined> {
  for (const file of files) {
    const found = statOf(file);
    if (found === undefined) continue;
    if (!found.isFile() || found.size > maxBytes) return undefined;
    const text = await readFile(file, 'utf8').catch(() => '');
    return credentialsInNetrc(text, host);
  }
  return undefined;
}
