import { iterate } from './call-builtin.ts';
import { skippedParameters, useOf } from './known-names.ts';
import type { Arguments, Machine } from './machine.ts';
import { type Call, listUses, parameterUses, reportCommand, shellUses } from './report-command.ts';
import { allTexts, hole, knownTexts, merge, unknown, type Value, type Values } from './values.ts';

const none: Values = [];

/** Reports what a call of something outside the archive does. Returns its value; undefined if that isn't known. */
export function reportCall(call: Call, machine: Machine): Values | undefined {
  const { name, args, scope, at, seen } = call;
  const [first = none] = args.positional;
  switch (useOf(name)) {
    case 'network':
      machine.report('network', scope, at, seen);
      if (connecting.test(name)) machine.report('connects', scope, at, seen, describeArguments(args));
      return [{ kind: 'unknown', origin: 'network' }];
    case 'shell-line':
      reportCommand(call, shellUses(first, name), machine);
      return unknown;
    case 'argument-list':
      reportCommand(call, listUses(args, machine), machine);
      return unknown;
    case 'argument-parameters':
      reportCommand(call, parameterUses(args, skippedParameters(name)), machine);
      return unknown;
    case 'program':
      machine.report(/^(?:pip|ensurepip|venv)/.test(name) ? 'program' : 'shell', scope, at, seen);
      return undefined;
    case 'executor':
      return execute(call, machine);
    case 'opaque':
      machine.report('opaque', scope, at, seen);
      return [{ kind: 'code', source: [{ kind: 'unknown', origin: 'decoded' }] }];
    case undefined:
      if (identifying.test(name)) machine.report('environment', scope, at, seen, name);
      return loadCode(call, machine);
  }
}

/** Functions of network modules that connect, or whose result does. */
const connecting =
  /(?:^|\.)(?:urlopen|urlretrieve|get|post|put|patch|delete|head|request|HTTPS?Connection|socket|create_connection|gethostbyname\w*|getaddrinfo|SMTP|SMTP_SSL|IMAP4\w*|POP3\w*|FTP|FTP_TLS|connect\w*|[Ss]ession|ClientSession|Client|AsyncClient|PoolManager|download\w*|resolve|query|stream|send\w*|ServerProxy|WebSocketApp|open_connection|SSHClient|Curl|from_url|Webhook|Request|build_opener|URLopener|FancyURLopener|open)$/;

/** Functions that say who uses which machine. */
const identifying =
  /^(?:socket\.(?:gethostname|getfqdn)|getpass\.getuser|platform\.(?:node|uname)|os\.(?:getlogin|uname)|uuid\.getnode|pwd\.getpw\w+)$/;

/** Returns the texts of arguments, and in angle brackets where other values come from. */
export function describeArguments({ positional, keywords }: Arguments): string {
  const texts = [...positional, ...keywords.values()].flatMap((values) => deepTexts(values, 0));
  return texts.join(' ').slice(0, 2_000);
}

function deepTexts(values: Values, depth: number): readonly string[] {
  if (depth > 3) return [];
  return values.flatMap((value): readonly string[] => {
    if (value.kind === 'text') return [value.text.slice(0, 500)];
    if (value.kind === 'sequence') return value.items.slice(0, 12).flatMap((item) => deepTexts(item, depth + 1));
    if (value.kind === 'dictionary')
      return [...value.entries.values()].slice(0, 12).flatMap((item) => deepTexts(item, depth + 1));
    if (value.kind === 'unknown') return value.origin === undefined ? [] : [`<${value.origin}>`];
    if (value.kind === 'reference') return [`<${value.name}>`];
    if (value.kind === 'content') return ['<file>', ...deepTexts(value.path, depth + 1)];
    return value.kind === 'result'
      ? [`<${value.of}>`, ...value.args.flatMap((item) => deepTexts(item, depth + 1))]
      : [];
  });
}

/** Analyses what `exec`, `eval` and similar functions get. */
function execute({ name, isIndirect, args, scope, at, seen }: Call, machine: Machine): Values {
  const code =
    args.positional[name.endsWith('run_docstring_examples') ? 1 : 0] ??
    args.keywords.get('source') ??
    args.keywords.get('stmt');
  if (/^code\.|^trace\.|^bdb\./.test(name) && code === undefined) return [{ kind: 'result', of: name, args: [] }];
  if (isIndirect) machine.report('hidden', scope, at, seen);
  return executeValues(code ?? unknown, { scope, at, seen }, machine);
}

/** Analyses values that are executed as code. Anything but a literal, or a file of the archive, counts as hidden. */
export function executeValues(
  values: Values,
  { scope, at, seen }: Pick<Call, 'scope' | 'at' | 'seen'>,
  machine: Machine,
): Values {
  const results = values.map((value): Values => {
    if (value.kind === 'text') {
      if (value.isDecoded || !machine.program.literals.has(value.text))
        machine.report('hidden', scope, at, seen, value.isDecoded ? 'text' : '');
      return machine.runText(value.text.replaceAll(hole, '_'), scope, at);
    }
    if (value.kind === 'code') return executeValues(value.source, { scope, at, seen }, machine);
    if (value.kind === 'content') {
      const texts = knownTexts(value.path);
      const isKnown = texts.length === value.path.length;
      let found = false;
      for (const path of texts) found = machine.runFile(path, scope, at, false) !== undefined || found;
      if (!found || !isKnown) machine.report('hidden', scope, at, seen);
      return unknown;
    }
    if (value.kind === 'number') return [value];
    machine.report('hidden', scope, at, seen, isDisguised(value) ? 'decoded' : '');
    return unknown;
  });
  if (values.length === 0) machine.report('hidden', scope, at, seen);
  return merge(...results);
}

/** Follows functions that load a module or a file of the archive as code. */
function loadCode(call: Call, machine: Machine): Values | undefined {
  const { name, args, scope, at, seen, isIndirect } = call;
  const [first = args.keywords.get('name') ?? none, second = none] = args.positional;
  switch (name) {
    case 'builtins.__import__':
    case 'importlib.import_module':
    case 'importlib.__import__':
    case 'importlib._bootstrap._gcd_import':
    case 'pydoc.locate':
    case 'pkgutil.resolve_name':
    case 'pydoc.safeimport':
      return importByName(call, first, machine);
    case 'builtins.compile':
      return [{ kind: 'code', source: first.length === 0 ? (args.keywords.get('source') ?? unknown) : first }];
    case 'runpy.run_module':
      return importByName(call, first, machine);
    case 'runpy.run_path':
    case 'builtins.execfile':
    case 'imp.load_source':
    case 'imp.load_module':
    case 'importlib.util.spec_from_file_location':
    case 'importlib.machinery.SourceFileLoader':
    case 'importlib._bootstrap_external.SourceFileLoader':
    case 'test.support.import_helper.import_module': {
      const isFirst = /run_path|execfile/.test(name);
      const path = isFirst
        ? first
        : (args.positional[1] ?? args.keywords.get('location') ?? args.keywords.get('path') ?? none);
      return loadFiles(call, path, machine, isFirst);
    }
    case 'importlib.util.module_from_spec':
    case 'importlib.util.LazyLoader':
      return first;
    case 'distutils.core.run_setup':
    case 'setuptools.sandbox.run_setup':
      return loadFiles(call, first, machine, true);
    case 'types.ModuleType':
    case 'imp.new_module':
      return undefined;
    case 'sys.path.insert':
    case 'sys.path.append':
    case 'sys.path.extend':
    case 'site.addsitedir': {
      const paths = name.endsWith('insert') ? second : first;
      for (const path of paths.flatMap((value) => (value.kind === 'sequence' ? value.items.flat() : [value]))) {
        machine.host.addSearchPath(path.kind === 'text' ? path.text : undefined);
      }
      return undefined;
    }
    case 'functools.reduce':
    case 'builtins.reduce':
      machine.call(
        first,
        { positional: [unknown, merge(...iterate(second))], keywords: new Map(), isOpen: false },
        scope,
        at,
        seen,
      );
      return undefined;
    case 'builtins.input':
      return unknown;
    case 'builtins.breakpoint':
      machine.report(isIndirect ? 'hidden' : 'shell', scope, at, seen);
      return unknown;
    default:
      return undefined;
  }
}

/** Checks for a name that comes from data in another form: decoded, read from a file or downloaded. */
export function isDisguised(value: Value): boolean {
  if (value.kind === 'text') return value.isDecoded;
  return (
    value.kind === 'content' || (value.kind === 'unknown' && (value.origin === 'decoded' || value.origin === 'network'))
  );
}

function importByName({ scope, at, seen, args }: Call, names: Values, machine: Machine): Values {
  const found = names.map((value): Values => {
    if (value.kind === 'text' && !value.text.includes(hole)) {
      const level = args.keywords.get('level')?.[0] ?? args.positional[4]?.[0];
      const dots = level?.kind === 'number' && level.value > 0 ? '.'.repeat(level.value) : '';
      const [name = ''] = value.text.split(':', 1);
      const imported = machine.importModule(dots + name, scope, at, true);
      const isNetwork = imported.some((item) => item.kind === 'reference' && useOf(item.name) === 'network');
      if (isNetwork && machine.mode.reportsImports) machine.report('network', scope, at, seen);
      return imported;
    }
    // A name that isn't known, such as the project's own, hides nothing by itself. What its members do is followed.
    if (isDisguised(value)) machine.report('hidden', scope, at, seen);
    return [{ kind: 'unknown', origin: 'module' }];
  });
  return names.length === 0 ? [{ kind: 'unknown', origin: 'module' }] : merge(...found);
}

function loadFiles({ scope, at, seen }: Call, paths: Values, machine: Machine, isPath: boolean): Values {
  const texts = allTexts(paths);
  const found = (texts ?? knownTexts(paths)).map((path) => machine.runFile(path, scope, at, true));
  const modules = found.flatMap((values) => values ?? []);
  if (texts === undefined || found.includes(undefined)) machine.report('hidden', scope, at, seen);
  return isPath ? [{ kind: 'namespace', of: modules }] : modules;
}
