import { normaliseName } from '../../index/names.ts';
import type { FileTree } from '../archives/file-tree.ts';
import type { CodeFinding } from './code-finding.ts';
import { codeFinding, isStartupPath, startupReach } from './code-findings.ts';
import { analyseCode } from './run-code.ts';

/** Line ends of `str.splitlines`, by which newer versions of Python split a `.pth` file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the line ends
const lineEnds = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** The statements of the lines that setuptools generates for namespace packages. They only create a module. */
const namespaceStatements = [
  /^import sys, ?types, ?os$/,
  /^(?:has_mfs|pep420) = sys\.version_info > \(3, ?\d\)$/,
  /^p = os\.path\.join\(sys\._getframe\(1\)\.f_locals\['sitedir'\], \*\((?:'[\w.-]+',? ?)+\)\)$/,
  /^(?:importlib = )?(?:has_mfs and )?__import__\('importlib\.(?:util|machinery)'\)$/,
  /^m = (?:has_mfs and )?sys\.modules\.setdefault\('[\w.-]+', importlib\.util\.module_from_spec\(importlib\.machinery\.PathFinder\.find_spec\('[\w.-]+', \[os\.path\.dirname\(p\)\]\)\)\)$/,
  /^ie = os\.path\.exists\(os\.path\.join\(p, ?'__init__\.py'\)\)$/,
  /^m = (?:m or |not ie and |not ie and not pep420 and |not pep420 and )?sys\.modules\.setdefault\('[\w.-]+', ?types\.ModuleType\('[\w.-]+'\)\)$/,
  /^mp = (?:\(m or \[\]\) and )?m\.__dict__\.setdefault\('__path__', ?\[\]\)$/,
  /^(?:\(p not in mp\) and )?mp\.append\(p\)$/,
  /^m and setattr\(sys\.modules\['[\w.-]+'\], '\w+', m\)$/,
  /^$/,
];

function isNamespaceLine(line: string): boolean {
  const statements = line.split(';').map((statement) => statement.trim());
  return (
    statements.length > 2 && statements.every((statement) => namespaceStatements.some((known) => known.test(statement)))
  );
}

const customModule =
  /(?:^|\/)((?:site|user)customize)(?:\.py|\.pyc|\.pyo|(?:\.[\w-]+)?\.(?:so|pyd)|\/__init__\.(?:py|pyc))$/;
const scheme = /^[^/]+\.data\/(?:purelib|platlib|data)\//;
const tests = /(?:^|\/)(?:tests?|testing|docs?|examples?|fixtures|testdata)\//i;

/** Returns the findings in files that Python runs whenever it starts, and in files that replace those of other projects. */
export async function inspectStartup(
  tree: FileTree,
  filename: string,
): Promise<{ findings: readonly CodeFinding[]; unreadable?: string | undefined }> {
  const isWheel = /\.whl$/i.test(filename);
  const paths = [...tree.paths];
  const pathFiles = paths.filter((path) => /\.(?:pth|start)$/.test(path) && isSiteFile(path, isWheel));
  const texts = new Map(pathFiles.map((path) => [path, readPathFile(tree.content(path), path.endsWith('.start'))]));
  const addsFolder = [...texts.values()].some((lines) =>
    lines?.some(({ text }) => !/^import[ \t]/.test(text) && text.trim() !== '' && !text.startsWith('#')),
  );
  const customs = paths.filter(
    (path) =>
      customModule.test(path) &&
      (isSiteFile(path.replace(/\/__init__\.\w+$/, ''), isWheel) || (addsFolder && !tests.test(path))),
  );
  const findings: CodeFinding[] = [];
  let unreadable: string | undefined;
  for (const [path, lines] of texts) {
    if (lines === undefined) {
      findings.push(codeFinding('startup-reach', path, 0, 'too large or not text'));
      continue;
    }
    const code = lines.filter(({ text }) => /^import[ \t]/.test(text) && !isNamespaceLine(text));
    const [first] = code;
    if (first === undefined) continue;
    const result = await analyseStartup(tree, path, (add) => {
      for (const { text, line } of code) add(text, line);
    });
    unreadable ??= result.incomplete;
    const reach = startupReach(result.events, path);
    const problem = [...result.problems][0];
    if (reach !== undefined)
      findings.push(
        codeFinding('startup-reach', reach.path, reach.line, reach.seen === '' ? lineAt(code, reach.line) : reach.seen),
      );
    else if (problem !== undefined) findings.push(codeFinding('startup-reach', problem[0], 0, problem[1]));
    else findings.push(codeFinding('startup', path, first.line, first.text));
  }
  for (const path of customs) {
    if (!path.endsWith('.py')) {
      findings.push(codeFinding('startup-reach', path, 0, 'compiled code'));
      continue;
    }
    const result = await analyseCode(
      tree,
      siteFolders(tree),
      { followsEscapes: true, reportsImports: true, isNotable: isStartupPath },
      (interpreter) => interpreter.addFile(path, true),
    );
    unreadable ??= result.incomplete;
    const reach = startupReach(result.events, path);
    const problem = [...result.problems][0];
    if (reach !== undefined) findings.push(codeFinding('startup-reach', reach.path, reach.line, reach.seen));
    else if (problem !== undefined) findings.push(codeFinding('startup-reach', problem[0], 0, problem[1]));
    else findings.push(codeFinding('startup', path, 1, path));
  }
  return { findings: [...findings, ...(isWheel ? replacements(tree, filename) : [])], unreadable };
}

const lineAt = (code: readonly { readonly text: string; readonly line: number }[], line: number): string =>
  code.find((item) => item.line === line)?.text ?? '';

async function analyseStartup(
  tree: FileTree,
  path: string,
  addLines: (add: (text: string, line: number) => void) => void,
) {
  return analyseCode(
    tree,
    siteFolders(tree),
    { followsEscapes: false, reportsImports: true, isNotable: isStartupPath },
    (interpreter) => {
      addLines((text, line) => interpreter.addText(path, text, line));
    },
  );
}

/** Returns the folders whose files pip installs into site-packages. */
function siteFolders(tree: FileTree): string[] {
  const data = new Set(
    [...tree.folders].filter(
      (folder) => /^[^/]+\.data\/(?:purelib|platlib)$/.test(folder) || /\/site-packages$/.test(folder),
    ),
  );
  return ['', 'src', ...data];
}

/** Checks whether pip installs a file into a folder where Python looks for startup files. */
function isSiteFile(path: string, isWheel: boolean): boolean {
  if (!isWheel && /\.(?:pth|start)$/.test(path)) return !tests.test(path) && path.split('/').length <= 4;
  if (!isWheel) return /^(?:(?:src|lib|python)\/)?[^/]+$/.test(path);
  if (!path.includes('/')) return true;
  const rest = scheme.exec(path);
  if (rest === null) return false;
  return /\.data\/data\//.test(path) || !path.slice(rest[0].length).includes('/');
}

const maxPathFile = 1_048_576;

/** Splits a `.pth` file into lines. Python reads it as UTF-8, or in the encoding of the locale. */
function readPathFile(
  content: Buffer | undefined,
  isStart: boolean,
): readonly { readonly text: string; readonly line: number }[] | undefined {
  if (content === undefined || content.length > maxPathFile) return undefined;
  const decoded = content.toString('utf8').replace(/^\ufeff/, '');
  const text = decoded.includes('\ufffd') ? content.toString('latin1') : decoded;
  const lines = text.split(lineEnds).map((line, index) => ({ text: line, line: index + 1 }));
  if (!isStart) return lines;
  // A `.start` file names functions to call (PEP 829).
  return lines.map(({ text: entry, line }) => {
    const [, module, callable] = /^\s*([\w.]+)\s*:\s*([\w.]+)/.exec(entry) ?? [];
    return { text: module === undefined ? '' : `import ${module}; ${module}.${callable}()`, line };
  });
}

/** Packages that pip and Python run, and the projects that own them. */
const ownedPackages: Readonly<Record<string, readonly string[]>> = {
  pip: ['pip'],
  setuptools: ['setuptools'],
  pkg_resources: ['setuptools'],
  _distutils_hack: ['setuptools'],
  wheel: ['wheel'],
  'distutils-precedence.pth': ['setuptools'],
  'easy_install.py': ['setuptools'],
};
/** Commands that people and pip run. */
const ownedCommands: Readonly<Record<string, readonly string[]>> = {
  pip: ['pip'],
  pip3: ['pip'],
  python: [],
  python3: [],
  python2: [],
  wheel: ['wheel'],
  awspip: [],
  sudo: [],
  su: [],
  ssh: [],
  scp: [],
  bash: [],
  sh: [],
  zsh: [],
  ls: [],
  cd: [],
  cat: [],
  git: [],
  env: [],
  curl: [],
  aws: ['awscli'],
};

function replacements(tree: FileTree, filename: string): CodeFinding[] {
  const project = normaliseName(filename.split('-', 1)[0] ?? '') as string;
  const findings: CodeFinding[] = [];
  const seen = new Set<string>();
  const add = (name: string, path: string, owners: readonly string[] | undefined): void => {
    if (owners === undefined || owners.includes(project) || seen.has(name)) return;
    seen.add(name);
    findings.push(codeFinding('replacement', path, 0, name));
  };
  for (const path of tree.paths) {
    const relative = path.replace(/^[^/]+\.data\/(?:purelib|platlib)\//, '');
    const [top = ''] = relative.split('/', 1);
    if (/\.(?:pyc?|so|pyd|pth)$/.test(path))
      add(top, path, own(ownedPackages, top) ?? own(ownedPackages, top.replace(/\.py$/, '')));
    const site = /\/site-packages\/([^/]+)\/[^/]*\.(?:pyc?|so|pyd)$/.exec(path)?.[1];
    if (site !== undefined) add(site, path, own(ownedPackages, site));
    const script = /^[^/]+\.data\/(?:scripts|data\/(?:bin|Scripts))\/([^/]+)$/.exec(path)?.[1];
    if (script !== undefined) add(script, path, own(ownedCommands, commandName(script)));
  }
  for (const path of tree.paths) {
    if (/^[^/]+\.data\/data\//.test(path) && isStartupPath(path) && !/customize|\.pth$/.test(path))
      findings.push(codeFinding('persistence', path, 0, path));
  }
  for (const path of tree.paths) {
    if (!/^[^/]+\.dist-info\/entry_points\.txt$/.test(path)) continue;
    let isScripts = false;
    for (const line of (tree.content(path)?.toString('utf8') ?? '').split(/\r?\n/, 5_000)) {
      const group = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
      if (group !== undefined) isScripts = /^(?:console|gui)_scripts$/.test(group.trim());
      const name = isScripts ? /^\s*([^=\s]+)\s*=/.exec(line)?.[1] : undefined;
      if (name !== undefined) add(name, path, own(ownedCommands, commandName(name)));
    }
  }
  return findings;
}

const commandName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.exe$/, '')
    .replace(/^(pip|python)[\d.]+$/, '$1');

const own = (table: Readonly<Record<string, readonly string[]>>, key: string): readonly string[] | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
