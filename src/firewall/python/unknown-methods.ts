import { escapeArguments } from './call-reference.ts';
import { argumentUses, shellLineUses } from './commands.ts';
import { useOf } from './known-names.ts';
import type { Arguments, Machine } from './machine.ts';
import { describeArguments, executeValues } from './report-call.ts';
import { reportCommand } from './report-command.ts';
import { hole, knownTexts, type Scope, unknown, type Value, type Values } from './values.ts';

/** Follows a method by its name, where its object isn't known. */
export function callUnknownMethod(
  owner: Extract<Value, { kind: 'unknown' | 'result' }>,
  name: string,
  args: Arguments,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values | undefined {
  const origin = owner.kind === 'unknown' ? owner.origin : undefined;
  if (origin === 'module' || origin === 'imports') {
    const use = ['os', 'subprocess', 'builtins', 'socket', 'urllib.request']
      .map((module) => useOf(`${module}.${name}`))
      .find((found) => found !== undefined);
    if (use !== undefined || origin === 'imports') machine.report('hidden', scope, at, seen);
  }
  if (
    owner.kind === 'result' &&
    /^ctypes\b/.test(owner.of) &&
    /^(?:system|popen|exec\w*|dlopen|WinExec|ShellExecute\w*|CreateProcess\w*|VirtualAlloc|URLDownload\w*)$/.test(name)
  ) {
    machine.report('program', scope, at, seen);
  }
  if (origin === 'network' && args.positional.length + args.keywords.size > 0) {
    machine.report('connects', scope, at, seen, describeArguments(args));
  }
  const [first = []] = args.positional;
  const call = { name, isIndirect: false, args, scope, at, seen };
  if (/^(?:system|popen|getoutput|getstatusoutput)$/.test(name)) {
    const lines = knownTexts(first).flatMap((line) => shellLineUses(line));
    reportCommand(
      call,
      lines.filter(({ kind }) => kind === 'program' || kind === 'script'),
      machine,
    );
  }
  if (/^(?:spawn|announce_spawn|check_call|check_output|Popen|run_command|execute)$/.test(name)) {
    const lists = first.flatMap((value) =>
      value.kind === 'sequence' ? [argumentUses(value.items.map((item) => knownTexts(item)[0] ?? hole))] : [],
    );
    reportCommand(
      call,
      lists.flat().filter(({ kind }) => kind === 'program'),
      machine,
    );
  }
  if (/^(?:decrypt|decompress|deobfuscate|decipher|unpad)$/.test(name)) return [{ kind: 'unknown', origin: 'decoded' }];
  if (name === 'runsource' || name === 'runcode' || name === 'push') {
    if (owner.kind === 'result' && /^code\./.test(owner.of)) return executeValues(first, { scope, at, seen }, machine);
  }
  if (/^(?:load_module|exec_module)$/.test(name) && owner.kind === 'result') return unknown;
  if (origin !== undefined && /^(?:read|decode|text|content|json|get|strip|group|encode)$/.test(name)) {
    escapeArguments(args, scope, at, seen, machine);
    return [owner];
  }
  return undefined;
}
