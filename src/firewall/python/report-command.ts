import { argumentUses, type CommandUse, shellLineUses } from './commands.ts';
import type { Arguments, Machine } from './machine.ts';
import { hole, knownTexts, type Scope, unknown, type Value, type Values } from './values.ts';

/** A call of something outside the archive. */
export type Call = {
  readonly name: string;
  readonly isIndirect: boolean;
  readonly args: Arguments;
  readonly scope: Scope;
  readonly at: number;
  readonly seen: string;
};

/** Reports what the commands of a call do. */
export function reportCommand(call: Call, uses: readonly CommandUse[], machine: Machine): void {
  const { scope, at, seen, isIndirect } = call;
  machine.report('runs', scope, at, seen);
  for (const use of uses) {
    switch (use.kind) {
      case 'build':
        break;
      case 'unknown':
        machine.report(isIndirect ? 'hidden' : 'shell', scope, at, seen);
        break;
      case 'other':
        if (machine.host.findFiles(use.command.split(' ', 1)[0] ?? '', scope.path).length > 0) {
          runScript(call, { path: use.command.split(' ', 1)[0] ?? '' }, machine);
        } else machine.report(isIndirect ? 'hidden' : 'shell', scope, at, `${call.name} ${use.command}`);
        break;
      case 'program':
        machine.report('program', scope, at, `${call.name} ${use.command}`, use.command);
        break;
      case 'code':
        machine.runText(use.code, scope, at);
        break;
      case 'script':
        runScript(call, use, machine);
        break;
      case 'module':
        if (machine.importModule(`${use.module}.__main__`, scope, at).every(({ kind }) => kind !== 'module')) {
          machine.importModule(use.module, scope, at);
        }
        break;
    }
  }
}

type Script = { readonly path: string; readonly isPython?: boolean; readonly isShell?: boolean };

function runScript(
  { scope, at, seen, name }: Call,
  { path, isPython = false, isShell = false }: Script,
  machine: Machine,
): void {
  if (isPython || path.endsWith('.py') || !/\.\w+$|configure|autogen|bootstrap/i.test(path)) {
    const found = machine.runFile(path, scope, at, true);
    if (found !== undefined) return;
  }
  for (const file of machine.host.findFiles(path, scope.path)) {
    const source = machine.host.read(file);
    if (source === undefined) return;
    if ('why' in source) {
      machine.report('hidden', scope, at, `${name} ${file}`);
      return;
    }
    const dangerous = source.text
      .split('\n', 20_000)
      .flatMap((line) => (/^\s*(?:#|echo\b|dnl\b)/.test(line) ? [] : [scriptLine.exec(line)?.[0]]))
      .find((found) => found !== undefined);
    if (dangerous !== undefined) machine.report('program', scope, at, `${name} ${file}: ${dangerous.trim()}`);
    return;
  }
  const isBuild = path.includes(hole) || /configure|config|autogen|bootstrap|build|make/i.test(path);
  machine.report(isShell && !isBuild ? 'program' : 'shell', scope, at, seen);
}

/** A line of a shell script that loads code or sends data. */
const scriptLine =
  /\b(?:curl|wget)\s+[^|;]*https?:[^\n]{0,80}|\/dev\/tcp\/[^\s]{0,60}|\bbase64\s+(?:-d|--decode|-D)\b[^\n]{0,60}|\b(?:nc|ncat)\s+-\w*e\b[^\n]{0,60}|\bcrontab\s+-[^\n]{0,60}|>>?\s*(?:~|\$HOME)\/\.[^\n]{0,60}|\bpowershell\b[^\n]{0,60}/i;

/** Returns what a command line of a shell does. */
export function shellUses(values: Values, name: string): readonly CommandUse[] {
  const uses = values.flatMap((value): readonly CommandUse[] => {
    if (value.kind === 'text') {
      if (value.isDecoded) return [{ kind: 'program', command: value.text.slice(0, 200) }];
      if (name.endsWith('startfile')) return [{ kind: 'other', command: value.text }];
      const line = value.text.slice(0, 400);
      return shellLineUses(value.text).map((use) => (use.kind === 'program' ? { ...use, command: line } : use));
    }
    return valueUses(value);
  });
  return values.length === 0 ? [{ kind: 'unknown' }] : uses;
}

/** Returns what an argument list, or a command line with `shell=True`, does. */
export function listUses({ positional, keywords }: Arguments, machine: Machine): readonly CommandUse[] {
  const command = positional[0] ?? keywords.get('args') ?? keywords.get('cmd') ?? unknown;
  machine.count(command.length);
  const program = keywords.get('executable');
  const uses = command.flatMap((value): readonly CommandUse[] => {
    if (value.kind === 'sequence') return sequenceUses(value.items);
    return value.kind === 'text' ? shellUses([value], '') : valueUses(value);
  });
  return program === undefined ? uses : [...uses, ...sequenceUses([program])];
}

function valueUses(value: Value): readonly CommandUse[] {
  // The user's own environment and interpreter are trusted.
  if (value.kind === 'unknown' && (value.origin === 'environment' || value.origin === 'machine')) return [];
  if (value.kind === 'unknown' && value.origin === 'decoded')
    return [{ kind: 'program', command: 'a decoded command' }];
  if (value.kind === 'unknown' && value.origin === 'network')
    return [{ kind: 'program', command: 'a downloaded command' }];
  return [{ kind: 'unknown' }];
}

const maxArgumentLists = 16;

function sequenceUses(items: readonly Values[]): readonly CommandUse[] {
  const [program = unknown, ...rest] = items;
  const words = rest.map((values) => {
    const texts = knownTexts(values);
    return texts[0] ?? hole;
  });
  // A program that only gets options, such as `--libs`, is asked for information.
  const isQuery = words.length > 0 && words.every((word) => /^--?\w/.test(word) && !word.includes('://'));
  return program.slice(0, maxArgumentLists).flatMap((value): readonly CommandUse[] => {
    if (isQuery && value.kind === 'unknown' && value.origin === undefined) return [];
    if (value.kind === 'text') {
      return value.isDecoded
        ? [{ kind: 'program', command: value.text.slice(0, 200) }]
        : argumentUses([value.text, ...words]);
    }
    if (value.kind === 'reference' && value.name === 'sys.executable') return argumentUses(['python', ...words]);
    if (value.kind === 'sequence') return sequenceUses([...value.items, ...rest]);
    return valueUses(value);
  });
}

/** Returns what a program does that gets its arguments as separate parameters, after `skipped` others. */
export function parameterUses({ positional }: Arguments, skipped: number): readonly CommandUse[] {
  const [program = unknown, ...rest] = positional.slice(skipped);
  // `exec` functions get the program twice: as the file and as the first argument.
  const [args] = rest;
  if (args?.length === 1 && args[0]?.kind === 'sequence') return sequenceUses([program, ...args[0].items.slice(1)]);
  return [...sequenceUses([program, ...rest.slice(1)]), ...sequenceUses([program, ...rest])].slice(0, 8);
}
