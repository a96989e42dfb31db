import type { Reach } from '../types.ts';
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

const largest = 1_048_576;
const longLiteral = 2_000;

/** Reads what Python source reaches for, without running it. A file too large to be a setup script hides something. */
export function pythonReach(source: string): readonly Reached[] {
  if (source.length > largest) return [{ reach: 'hidden', word: `more than ${largest} characters` }];
  const tokens = [...pythonTokens(source)];
  const { imported, aliases } = readImports(tokens);
  const found = new Map<Reached['reach'], string>();
  const note = (reach: Reached['reach'], word: string): void => {
    if (!found.has(reach)) found.set(reach, word.slice(0, 60));
  };
  for (const name of [...imported, ...usedNames(tokens, aliases)]) {
    if (isIn(network, name) && !isIn(harmless, name)) note('network', name);
    if (isIn(shell, name) || shellFamilies.some((family) => name.startsWith(family))) note('shell', name);
  }
  for (const word of hiddenWords(tokens, aliases)) note('hidden', word);
  const more = tokens.find(({ kind, text }) => kind === 'name' && /^(def|class|cmdclass|exec|eval|lambda)$/.test(text));
  if (more !== undefined) note('more-than-setup', more.text);
  return [...found].map(([reach, word]) => ({ reach, word }));
}

/** Whether a dotted name is one of a set, or lies below one. */
function isIn(set: ReadonlySet<string>, name: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (set.has(name.slice(0, end))) return true;
  return false;
}

/** Local modules that source imports: `import helpers`, `from helpers import …`. */
export function importedModules(source: string): readonly string[] {
  return source.length > largest ? [] : readImports([...pythonTokens(source)]).imported;
}

function readImports(tokens: readonly Token[]): { imported: string[]; aliases: ReadonlyMap<string, string> } {
  const imported: string[] = [];
  const aliases = new Map<string, string>();
  for (const statement of statements(tokens)) {
    const start = statement.findIndex(({ kind, text }) => kind === 'name' && (text === 'import' || text === 'from'));
    if (start === -1) continue;
    const isFrom = statement[start]?.text === 'from';
    const module = isFrom ? statement[start + 1]?.text : undefined;
    const rest = statement.slice(start + (isFrom ? 3 : 1)).filter(({ kind }) => kind === 'name');
    for (let at = 0; at < rest.length; at += 1) {
      const name = rest[at]?.text ?? '';
      const full = module === undefined ? name : `${module}.${name}`;
      imported.push(full);
      const renamed = rest[at + 1]?.text === 'as' ? rest[at + 2]?.text : undefined;
      if (renamed !== undefined) at += 2;
      if (renamed !== undefined || isFrom) aliases.set(renamed ?? name, full);
    }
    if (module !== undefined && rest.length === 0) imported.push(module);
  }
  return { imported, aliases };
}

/** Logical lines: a bracket that is open carries a statement over line ends. */
function* statements(tokens: readonly Token[]): Generator<Token[]> {
  let statement: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'mark') depth += '([{'.includes(token.text) ? 1 : ')]}'.includes(token.text) ? -1 : 0;
    if (token.kind === 'line' && (depth <= 0 || token.text === ';')) {
      yield statement;
      [statement, depth] = [[], 0];
    } else statement.push(token);
  }
  yield statement;
}

/** Dotted names with what they were imported as in front. */
function usedNames(tokens: readonly Token[], aliases: ReadonlyMap<string, string>): string[] {
  return tokens.flatMap(({ kind, text }, at) => {
    if (kind === 'name') return [expand(text, aliases)];
    // __import__('socket'), import_module("socket")
    const called = tokens[at - 2]?.text ?? '';
    return kind === 'string' && /(^|\.)(__import__|import_module)$/.test(called) ? [text] : [];
  });
}

function expand(name: string, aliases: ReadonlyMap<string, string>): string {
  const [head = '', ...rest] = name.split('.');
  const module = aliases.get(head);
  return module === undefined ? name : [module, ...rest].join('.');
}

/** Code that is decoded before it is run, or modules and functions that are named by computation. */
function* hiddenWords(tokens: readonly Token[], aliases: ReadonlyMap<string, string>): Generator<string> {
  const isCall = (at: number): boolean => tokens[at + 1]?.text === '(';
  const decoder = tokens.find(({ kind, text }) => kind === 'name' && isDecoder(expand(text, aliases)));
  const literal = tokens.some(({ kind, text }) => kind === 'string' && isPacked(text));
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'name' || !isCall(at)) continue;
    const name = expand(text, aliases);
    const argument = tokens[at + 2];
    if (executes.has(name) && decoder !== undefined) yield `${text}(… ${decoder.text}`;
    else if (executes.has(name) && literal) yield `${text} of a packed text`;
    else if (name === 'marshal.loads') yield text;
    else if (/(^|\.)(__import__|import_module)$/.test(name) && argument?.kind !== 'string')
      yield `${text} of a computed name`;
    else if (
      name === 'getattr' &&
      reflected.has(expand(argument?.text ?? '', aliases)) &&
      tokens[at + 4]?.kind !== 'string'
    )
      yield `getattr(${argument?.text}, …)`;
  }
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
