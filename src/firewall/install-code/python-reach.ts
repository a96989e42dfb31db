import type { Reach } from '../types.ts';
import { type Imports, readImports } from './python-imports.ts';
import { pythonTokens, type Token } from './python-tokens.ts';

/** What source reaches for, with the word that gives it away; one of each kind. */
export type Reached = { readonly reach: Exclude<Reach, 'startup' | 'startup-reach'>; readonly word: string };

const network = new Set(
  `urllib urllib2 urllib3 requests httpx aiohttp http.client httplib socket ftplib smtplib poplib imaplib telnetlib paramiko
websocket websockets pycurl xmlrpc.client wget dns.resolver asyncio.open_connection`.split(/\s+/),
);
/** Parts of those that only take addresses apart. */
const harmless = new Set(['urllib.parse', 'urllib.error', 'urllib.response', 'urllib.robotparser', 'urllib.quote']);
const shell = new Set(
  `subprocess pty pexpect commands sh plumbum ctypes os.system os.popen os.popen2 os.popen3 os.startfile os.posix_spawn
os.posix_spawnp os.fork pip pip._internal`.split(/\s+/),
);
const shellFamilies = ['os.exec', 'os.spawn'];
/** What turns text into something else on its way to `exec`. */
const decoders = new Set(
  `b64decode b32decode b16decode b85decode a85decode standard_b64decode urlsafe_b64decode decodebytes decompress unhexlify
fromhex loads rot13 urlopen Fernet decrypt`.split(/\s+/),
);
const executes = new Set([
  'exec',
  'eval',
  'compile',
  'execfile',
  'builtins.exec',
  'builtins.eval',
  '__builtins__.exec',
]);
const reflected = new Set(['os', 'builtins', '__builtins__', 'subprocess', 'sys.modules', 'socket']);

const largest = 262_144;
const longLiteral = 2_000;

/** Programs that builds run to learn of their own version and of libraries. */
const builders =
  /^(git|hg|svn|pkg-config|pkgconf|[a-z0-9_-]*-config|gcc|g\+\+|clang|cc|c\+\+|make|cmake|ninja|cargo|rustc|swig|cython|protoc|lsb_release|uname|xcrun|sw_vers|which)\b/;
/** Commands that publish a project: nobody runs them by installing it. */
const publishing =
  /setup\.py\s+(sdist|bdist|register|upload|build|clean|test)|^twine\b|^rm -r?f?r? |^python -m (build|twine|pytest)/;
const quietParts = /\.(PIPE|DEVNULL|STDOUT|CalledProcessError|TimeoutExpired|SubprocessError|list2cmdline)$/;
const maxDepth = 3;

/** Reads what Python source reaches for, without running it. A file too large to be a setup script hides something. */
export function pythonReach(source: string): readonly Reached[] {
  return [...readReach(source, 0)].map(([reach, word]) => ({ reach, word: word.slice(0, 60) }));
}

type Found = Map<Reached['reach'], string>;

function readReach(source: string, depth: number): Found {
  if (source.length > largest) return new Map([['hidden', `more than ${largest} characters`]]);
  const found: Found = new Map();
  const note = (reach: Reached['reach'], word: string): void => {
    if (!found.has(reach)) found.set(reach, word);
  };
  const imports = readImports([...pythonTokens(source)]);
  const tokens = imports.rest;
  for (const name of imports.imported) if (isIn(network, name) && !isIn(harmless, name)) note('network', name);
  for (const [at, name] of usedNames(tokens, imports)) {
    if (isIn(network, name) && !isIn(harmless, name)) note('network', name);
    if (isShell(name) && !isHarmlessCall(tokens, at, name)) note('shell', name);
  }
  for (const word of hiddenWords(tokens, imports)) note('hidden', word);
  for (const code of executedTexts(tokens)) {
    if (depth >= maxDepth) note('hidden', 'exec within exec');
    else for (const [reach, word] of readReach(code, depth + 1)) note(reach, word);
  }
  const more = tokens.find(({ kind, text }) => kind === 'name' && /^(def|class|cmdclass|exec|eval|lambda)$/.test(text));
  if (more !== undefined) note('more-than-setup', more.text);
  return found;
}

/** Whether a dotted name is one of a set, or lies below one. */
function isIn(set: ReadonlySet<string>, name: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (set.has(name.slice(0, end))) return true;
  return false;
}

function isShell(name: string): boolean {
  return isIn(shell, name) || shellFamilies.some((family) => name.startsWith(family));
}

/** A call whose program is spelled out and harmless, or a name that runs nothing. */
function isHarmlessCall(tokens: readonly Token[], at: number, name: string): boolean {
  if (quietParts.test(name)) return true;
  if (tokens[at + 1]?.text !== '(') return false;
  const first = tokens.slice(at + 2, at + 4).find(({ kind }) => kind !== 'mark');
  return first?.kind === 'string' && (builders.test(first.text) || publishing.test(first.text));
}

/** Texts that are handed to `exec` as they stand. */
function executedTexts(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, text }, at) => {
    const first = tokens[at + 2];
    const given = kind === 'name' && executes.has(text) && tokens[at + 1]?.text === '(' && first?.kind === 'string';
    return given ? [first.text.replace(/\\(['"\\])/g, '$1').replaceAll('\\n', '\n')] : [];
  });
}

/** Names of imported things, dotted in full, with their places. */
function usedNames(tokens: readonly Token[], { names }: Imports): [number, string][] {
  return tokens.flatMap(({ kind, text }, at): [number, string][] => {
    if (kind === 'string') {
      // __import__('socket'), import_module("socket")
      return importers.test(tokens[at - 2]?.text ?? '') ? [[at, text]] : [];
    }
    const head = text.split('.', 1)[0] ?? '';
    return kind === 'name' && names.has(head) ? [[at, expand(text, names)]] : [];
  });
}

const importers = /(^|\.)(__import__|import_module)$/;

function expand(name: string, names: ReadonlyMap<string, string>): string {
  const [head = '', ...rest] = name.split('.');
  return [names.get(head) ?? head, ...rest].join('.');
}

/** Code that is decoded before it is run, or modules and functions that are named by computation. */
function* hiddenWords(tokens: readonly Token[], { names }: Imports): Generator<string> {
  const decoder = tokens.find(({ kind, text }) => kind === 'name' && isDecoder(expand(text, names)));
  const packed = tokens.some(({ kind, text }) => kind === 'string' && isPacked(text));
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'name' || tokens[at + 1]?.text !== '(') continue;
    const name = expand(text, names);
    const [first, next] = [tokens[at + 2], tokens[at + 3]];
    if (executes.has(name) && decoder !== undefined) yield `${text}(… ${decoder.text}`;
    else if (executes.has(name) && packed) yield `${text} of a packed text`;
    else if (name === 'marshal.loads') yield text;
    // A variable's value is commonly the project's own name.
    else if (importers.test(name) && !(first?.kind !== 'mark' && /^[),]$/.test(next?.text ?? '')))
      yield `${text} of a computed name`;
    else if (
      name === 'getattr' &&
      next?.text === ',' &&
      reflected.has(expand(first?.text ?? '', names)) &&
      !isPlainText(tokens, at + 4)
    )
      yield `getattr(${first?.text}, …)`;
  }
}

function isPlainText(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.kind === 'string' && /^[),]$/.test(tokens[at + 1]?.text ?? '');
}

function isDecoder(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  // `json.loads` reads data.
  return decoders.has(last) && !/^(json|toml|tomli|tomllib|yaml)\./.test(name);
}

/** A long text without a space: base64, hex, escapes. */
function isPacked(text: string): boolean {
  return text.length > longLiteral && !/\s/.test(text.slice(0, longLiteral));
}
