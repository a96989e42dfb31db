import type { FileTree } from '../archives/file-tree.ts';
import type { CodeEvent } from '../python/events.ts';
import type { CodeFinding } from './code-finding.ts';
import { codeFinding, isStartupPath } from './code-findings.ts';
import { analyseCode } from './run-code.ts';

/** Folders and files whose code nobody imports in use. */
const unused =
  /\/(?:tests?|testing|_tests?|docs?|examples?|samples|demos?|benchmarks?|fixtures|testdata|\.[^/]+)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|noxfile)\.py$/i;
/** Checks whether Python can import a module by its path, or runs it as a script. */
function isImportable(path: string): boolean {
  const inner = path.replace(/^[^/]+\.data\/(?:purelib|platlib|scripts)\//, '');
  const folders = inner.split('/').slice(0, -1);
  return folders.every((folder) => /^[A-Za-z_]\w*$/.test(folder));
}

/** Folders and files of a source tree that are not installed. */
const notInstalled =
  /^(?:tests?|testing|docs?|examples?|samples|demos?|benchmarks?|scripts?|tools?|ci|bin|contrib|dev|misc|packaging|vendor|third_party|\.[^/]+)\/|^(?:setup|tasks|fabfile|versioneer|noxfile|conf|ez_setup)\.py$/i;

const network =
  /\burl(?:open|retrieve)\b|\bimport requests\b|\bfrom requests\b|\brequests\.(?:get|post|put|request|session)|\bhttpx\b|http\.client|HTTPS?Connection|\bsocket\b|\baiohttp\b|urllib[23.]*\.?request|\burllib[23]\b|\bfrom urllib import\b|\bftplib\b|\bsmtplib\b|\bwebsockets?\b|\bxmlrpc\b|\bcurl\b|\bwget\b|WebRequest|DownloadString/;
const second =
  /\bexec\s*\(|\beval\s*\(|\bmarshal\b|b64decode|fromhex|[ab]85decode|b32decode|unhexlify|decompress|rot_?13|\bsubprocess\b|os\.(?:system|popen)|\bpopen\b|startfile|ShellExecute|WinExec|environ\b(?!\s*(?:\[|\.(?:get|setdefault|pop)\b))|expanduser|\.ssh\b|\.aws\b|Login Data|gethostname|getuser|getlogin|platform\.(?:node|uname)|__import__|getattr\s*\(\s*(?:os|sys|builtins|__builtins__|subprocess|__import__)/;
const alone =
  /powershell|\bcurl\b|\bwget\b|\/dev\/tcp|authorized_keys|\.bashrc|\.zshrc|\.profile|LaunchAgents|autostart|CurrentVersion|crontab|Start Menu|sitecustomize/;
/** A literal that code may unpack: long, and without spaces. */
const packedLiteral = /['"][A-Za-z0-9+/=\\_~!@#$%^&*<>?|{}`-]{400}/;
const decodes =
  /b64decode|fromhex|[ab]85decode|b32decode|unhexlify|decompress|rot_?13|marshal|decrypt|bytes\(\[|\bchr\(/;
const executes = /\b(?:exec|eval|compile|marshal)\b/;

const secretStores =
  /Login Data|Local State|Web Data|\bCookies\b|cookies\.sqlite|logins\.json|key4\.db|Local Storage[/\\]+leveldb|CryptUnprotectData|\.aws[/\\]+credentials|\.ssh[/\\]+id_|\.git-credentials|\.pypirc|\.npmrc|\.netrc|\.docker[/\\]+config|\.kube[/\\]+config|gcloud[/\\]+(?:credentials|application_default)|\.azure[/\\]|\.gnupg|wallet\.dat|Exodus|Electrum|MetaMask|nkbihfbeogaeaoehlefnkodbefgpgknn|\/etc\/shadow|keychain|169\.254\.169\.254/i;
/** Addresses to which attacks send what they find. */
const collectors =
  /discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|webhook\.site|pipedream\.net|requestbin|\.oast\.|interact\.sh|burpcollaborator|oastify|ngrok|dnslog|ceye\.io|transfer\.sh|file\.io|gofile\.io|anonfiles|api\.ipify\.org|ipinfo\.io/i;

/**
 * Returns the findings in installed modules that run when they are imported. One sign is usual in honest code, so that a
 * finding needs two in the same module, such as decoded code that runs and a connection.
 */
export async function inspectImports(
  tree: FileTree,
  isWheel: boolean,
): Promise<{ findings: readonly CodeFinding[]; unreadable?: string | undefined }> {
  const candidates = new Set<string>();
  const sources = new Map<string, string>();
  const findings: CodeFinding[] = [];
  for (const path of tree.paths) {
    if (!/\.pyw?$/.test(path) || unused.test(path) || !isImportable(path) || (!isWheel && notInstalled.test(path)))
      continue;
    const source = tree.content(path)?.toString('latin1');
    if (source === undefined) {
      if ((tree.size(path) ?? 0) > 0) await tree.load(new Set([path]));
      if (tree.content(path) === undefined)
        findings.push(codeFinding('hidden', path, 0, 'source that is too large to read'));
      continue;
    }
    sources.set(path, source);
    const isCandidate =
      (network.test(source) && second.test(source)) ||
      alone.test(source) ||
      (executes.test(source) && (packedLiteral.test(source) || decodes.test(source)));
    if (isCandidate) candidates.add(path);
    const collector = network.test(source) ? collectors.exec(source) : null;
    const secret = collector === null ? null : secretStores.exec(source);
    if (secret !== null)
      findings.push(
        codeFinding('import-time', path, lineOf(source, secret.index), `${secret[0]} and ${collector?.[0]}`),
      );
  }
  if (candidates.size === 0) return { findings };
  const starts = [...candidates, ...importers(sources, candidates)];
  const followed = withOnly(tree, new Set(starts));
  const result = await analyseCode(
    followed,
    isWheel ? [''] : ['', 'src', 'lib'],
    { followsEscapes: false, reportsImports: false, isNotable },
    (interpreter) => {
      for (const path of starts) interpreter.addFile(path, false);
    },
  );
  const unread = [...result.problems].flatMap(([path, why]) =>
    /encoding|nested|large/.test(why) ? [codeFinding('hidden', path, 0, why)] : [],
  );
  return { findings: [...findings, ...unread, ...pairFindings(result.events)], unreadable: result.incomplete };
}

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;

const isNotable = (text: string): boolean =>
  secretStores.test(text) || isStartupPath(text) || (text.length >= 400 && !/\s/.test(text));

const maxImporters = 200;

/** Returns the modules that may import a candidate, by its name. */
function importers(sources: ReadonlyMap<string, string>, candidates: ReadonlySet<string>): string[] {
  const names = new Set([...candidates].map((path) => /([^/]+?)(?:\/__init__)?\.pyw?$/.exec(path)?.[1] ?? ''));
  const found: string[] = [];
  for (const [path, source] of sources) {
    if (
      candidates.has(path) ||
      found.length >= maxImporters ||
      !/(?:^|\/)(?:__init__|__main__)\.py$|^[^/]+\.py$/.test(path)
    )
      continue;
    for (const [, line = ''] of source.matchAll(/^[ \t]*((?:from|import)[ \t][^\n]*)/gm)) {
      if (!(line.match(/\w+/g) ?? []).some((word) => names.has(word))) continue;
      found.push(path);
      break;
    }
  }
  return found;
}

/** Returns the tree with these files only, so that the analysis doesn't read a whole package. */
function withOnly(tree: FileTree, paths: ReadonlySet<string>): FileTree {
  return { ...tree, paths, load: async () => false };
}

/** Returns a finding for each module with two signs that only attacks have together. */
function pairFindings(events: readonly CodeEvent[]): readonly CodeFinding[] {
  const byPath = new Map<string, CodeEvent[]>();
  for (const event of events) byPath.set(event.path, [...(byPath.get(event.path) ?? []), event]);
  return [...byPath].flatMap(([path, own]) => {
    const pair = pairOf(own);
    return pair === undefined
      ? []
      : [codeFinding('import-time', path, pair.event.line, `${pair.what}: ${pair.event.seen}`)];
  });
}

function pairOf(events: readonly CodeEvent[]): { readonly what: string; readonly event: CodeEvent } | undefined {
  const find = (...kinds: readonly CodeEvent['kind'][]): CodeEvent | undefined =>
    events.find(({ kind }) => kinds.includes(kind));
  const hidden = find('hidden', 'opaque');
  const decoded = events.find(({ kind, detail }) => kind === 'hidden' && detail === 'decoded');
  const connects = find('connects');
  const starts = find('program', 'shell');
  const secret = events.find(({ kind, detail }) => kind === 'text' && secretStores.test(detail ?? ''));
  const sends = events.find(
    ({ kind, detail }) => kind === 'connects' && /<environ>|<os\.environ>|<file>/.test(detail ?? ''),
  );
  const asks = find('environment');
  const command = events.find(({ kind, detail }) => kind === 'program' && loader.test(detail ?? ''));
  const persists =
    find('persists') ??
    events.find(
      ({ kind, detail }) => kind === 'writes' && (isStartupPath(detail ?? '') || /\.pth(?:$|\s)/.test(detail ?? '')),
    );
  const packed = events.find(
    ({ kind, detail }) => kind === 'text' && (detail?.length ?? 0) >= 400 && !/\s/.test(detail ?? ''),
  );
  if (hidden !== undefined && connects !== undefined)
    return { what: 'executes hidden code and connects', event: hidden };
  if (decoded !== undefined) return { what: 'executes decoded code', event: decoded };
  if (sends !== undefined) return { what: 'sends files or environment variables', event: sends };
  if (connects !== undefined && secret !== undefined)
    return { what: `reads ${secret.seen.slice(0, 60)} and connects`, event: connects };
  if (connects !== undefined && starts !== undefined) return { what: 'connects and starts a program', event: starts };
  if (connects !== undefined && asks !== undefined)
    return { what: 'connects and identifies the machine', event: connects };
  if (hidden !== undefined && starts?.kind === 'program')
    return { what: 'executes hidden code and starts a program', event: hidden };
  if (command !== undefined) return { what: 'downloads and starts a program', event: command };
  if (persists !== undefined) return { what: 'changes a startup file', event: persists };
  if (hidden !== undefined && packed !== undefined) return { what: 'executes a packed text', event: hidden };
  return undefined;
}

/** A command that downloads or decodes something and runs it. */
const loader =
  /(?:curl|wget|iwr|Invoke-WebRequest|DownloadString|DownloadFile|bitsadmin|certutil|base64)[\s\S]*(?:\||&&|;|\bsh\b|\bbash\b|python|Start-Process|\bstart\b|iex|chmod|\.exe)|powershell[\s\S]*(?:-e(?:nc|ncodedcommand)?\b|-w(?:indowstyle)?\s+hidden|iex|DownloadString)|\/dev\/tcp\//i;
