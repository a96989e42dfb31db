import type { Reach } from '../types.ts';
import { type Imports, readImports } from './python-imports.ts';
import { pythonTokens, type Token } from './python-tokens.ts';

/** One finding in Python source: what the code does, and the name or expression that shows it. */
type ReachFinding = { readonly reach: Exclude<Reach, 'startup' | 'startup-reach'>; readonly word: string };

const network = new Set(
  `urllib urllib2 urllib3 requests httpx aiohttp http.client httplib socket ftplib smtplib poplib imaplib telnetlib paramiko
websocket websockets pycurl xmlrpc.client wget dns.resolver asyncio.open_connection`.split(/\s+/),
);
/** Parts of network modules that open no connection. */
const offlineParts = new Set(['urllib.parse', 'urllib.error', 'urllib.response', 'urllib.robotparser', 'urllib.quote']);
const shell = new Set(
  `subprocess pty pexpect commands sh plumbum ctypes os.system os.popen os.popen2 os.popen3 os.startfile os.posix_spawn
os.posix_spawnp os.fork pip pip._internal`.split(/\s+/),
);
const shellFamilies = ['os.exec', 'os.spawn'];
/** Functions that decode text or download it, so that `exec` of their result hides code. */
const decoders = new Set(
  `b64decode b32decode b16decode b85decode a85decode standard_b64decode urlsafe_b64decode decodebytes decompress unhexlify
fromhex loads rot13 urlopen Fernet decrypt`.split(/\s+/),
);
const executors = new Set([
  'exec',
  'eval',
  'compile',
  'execfile',
  'builtins.exec',
  'builtins.eval',
  '__builtins__.exec',
]);
const reflectedModules = new Set(['os', 'builtins', '__builtins__', 'subprocess', 'sys.modules', 'socket']);

const maxSourceLength = 262_144;
const minPackedLength = 2_000;

/** Commands that builds commonly run: version control, compilers, and queries for libraries. */
const buildCommands =
  /^(git|hg|svn|pkg-config|pkgconf|[a-z0-9_-]*-config|gcc|g\+\+|clang|cc|c\+\+|make|cmake|ninja|cargo|rustc|swig|cython|protoc|lsb_release|uname|xcrun|sw_vers|which)\b/;
/** Commands that publish a project, which an installation does not run. */
const publishCommands =
  /setup\.py\s+(sdist|bdist|register|upload|build|clean|test)|^twine\b|^rm -r?f?r? |^python -m (build|twine|pytest)/;
const harmlessMembers = /\.(PIPE|DEVNULL|STDOUT|CalledProcessError|TimeoutExpired|SubprocessError|list2cmdline)$/;
const maxDepth = 3;

/**
 * Analyses Python source without running it and returns at most one finding per kind. A source that is too large for a
 * setup script counts as hidden code.
 */
export function pythonReach(source: string): readonly ReachFinding[] {
  return [...analyse(source, 0)].map(([reach, word]) => ({ reach, word: word.slice(0, 60) }));
}

type Findings = Map<ReachFinding['reach'], string>;

function analyse(source: string, depth: number): Findings {
  if (source.length > maxSourceLength) return new Map([['hidden', `more than ${maxSourceLength} characters`]]);
  const findings: Findings = new Map();
  const add = (reach: ReachFinding['reach'], word: string): void => {
    if (!findings.has(reach)) findings.set(reach, word);
  };
  const imports = readImports([...pythonTokens(source)]);
  const tokens = imports.rest;
  for (const name of imports.imported) if (isNetwork(name)) add('network', name);
  for (const [index, name] of usedNames(tokens, imports)) {
    if (isNetwork(name)) add('network', name);
    if (isShell(name) && !isHarmlessCall(tokens, index, name)) add('shell', name);
  }
  for (const expression of hiddenExpressions(tokens, imports)) add('hidden', expression);
  for (const code of executedTexts(tokens)) {
    if (depth >= maxDepth) add('hidden', 'exec within exec');
    else for (const [reach, word] of analyse(code, depth + 1)) add(reach, word);
  }
  const other = tokens.find(
    ({ kind, text }) => kind === 'name' && /^(def|class|cmdclass|exec|eval|lambda)$/.test(text),
  );
  if (other !== undefined) add('more-than-setup', other.text);
  return findings;
}

function isNetwork(name: string): boolean {
  return isIn(network, name) && !isIn(offlineParts, name);
}

/** Checks whether a set contains a dotted name or one of its parents. */
function isIn(set: ReadonlySet<string>, name: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (set.has(name.slice(0, end))) return true;
  return false;
}

function isShell(name: string): boolean {
  return isIn(shell, name) || shellFamilies.some((family) => name.startsWith(family));
}

/** Checks for a member that runs nothing, or a call with a literal command that builds commonly run. */
function isHarmlessCall(tokens: readonly Token[], index: number, name: string): boolean {
  if (harmlessMembers.test(name)) return true;
  if (tokens[index + 1]?.text !== '(') return false;
  const argument = tokens.slice(index + 2, index + 4).find(({ kind }) => kind !== 'mark');
  return argument?.kind === 'string' && (buildCommands.test(argument.text) || publishCommands.test(argument.text));
}

/** Returns the string literals that are passed to `exec` and similar functions. */
function executedTexts(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, text }, index) => {
    const argument = tokens[index + 2];
    const isLiteral =
      kind === 'name' && executors.has(text) && tokens[index + 1]?.text === '(' && argument?.kind === 'string';
    return isLiteral ? [argument.text.replace(/\\(['"\\])/g, '$1').replaceAll('\\n', '\n')] : [];
  });
}

/** Returns the full dotted names of used imports, with their token indexes. */
function usedNames(tokens: readonly Token[], { names }: Imports): [number, string][] {
  return tokens.flatMap(({ kind, text }, index): [number, string][] => {
    if (kind === 'string') {
      // The argument of an import function names a module, as in `__import__('socket')`.
      return importers.test(tokens[index - 2]?.text ?? '') ? [[index, text]] : [];
    }
    const head = text.split('.', 1)[0] ?? '';
    return kind === 'name' && names.has(head) ? [[index, expand(text, names)]] : [];
  });
}

const importers = /(^|\.)(__import__|import_module)$/;

function expand(name: string, names: ReadonlyMap<string, string>): string {
  const [head = '', ...rest] = name.split('.');
  return [names.get(head) ?? head, ...rest].join('.');
}

/** Yields expressions that execute decoded code, or that compute the name of a module or function. */
function* hiddenExpressions(tokens: readonly Token[], { names }: Imports): Generator<string> {
  const decoder = tokens.find(({ kind, text }) => kind === 'name' && isDecoder(expand(text, names)));
  const hasPackedText = tokens.some(({ kind, text }) => kind === 'string' && isPacked(text));
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'name' || tokens[index + 1]?.text !== '(') continue;
    const name = expand(text, names);
    const [argument, following] = [tokens[index + 2], tokens[index + 3]];
    if (executors.has(name) && decoder !== undefined) yield `${text}(… ${decoder.text}`;
    else if (executors.has(name) && hasPackedText) yield `${text} of a packed text`;
    else if (name === 'marshal.loads') yield text;
    // A single variable is accepted, because it commonly holds the project's own name.
    else if (importers.test(name) && !(argument?.kind !== 'mark' && /^[),]$/.test(following?.text ?? '')))
      yield `${text} of a computed name`;
    else if (
      name === 'getattr' &&
      following?.text === ',' &&
      reflectedModules.has(expand(argument?.text ?? '', names)) &&
      !isStringLiteral(tokens, index + 4)
    )
      yield `getattr(${argument?.text}, …)`;
  }
}

function isStringLiteral(tokens: readonly Token[], index: number): boolean {
  return tokens[index]?.kind === 'string' && /^[),]$/.test(tokens[index + 1]?.text ?? '');
}

function isDecoder(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  // `loads` of a data format decodes no code.
  return decoders.has(last) && !/^(json|toml|tomli|tomllib|yaml)\./.test(name);
}

/** Checks for a long text without spaces, which may be base64, hex or escapes. */
function isPacked(text: string): boolean {
  return text.length > minPackedLength && !/\s/.test(text.slice(0, minPackedLength));
}
