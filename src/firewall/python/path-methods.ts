import { callPure } from './call-builtin.ts';
import type { Arguments, Machine } from './machine.ts';
import { parentPath } from './paths.ts';
import { hole, knownTexts, type Scope, text, unknown, type Value, type Values } from './values.ts';

/** Evaluates a method of a path. `pathlib` paths are texts here. */
export function callPathMethod(
  owner: Extract<Value, { kind: 'text' }>,
  name: string,
  args: Arguments,
  scope: Scope,
  at: number,
  machine: Machine,
): Values | undefined {
  const path: Values = [owner];
  switch (name) {
    case 'read_text':
    case 'read_bytes':
      return [{ kind: 'content', path }];
    case 'open':
      return openFile(path, args.positional[0] ?? args.keywords.get('mode'), scope, at, machine);
    case 'write_text':
    case 'write_bytes':
      machine.report('writes', scope, at, name, owner.text);
      reportWritten(args.positional[0] ?? unknown, path, scope, at, machine);
      return unknown;
    case 'resolve':
    case 'absolute':
    case 'expanduser':
    case 'as_posix':
    case 'with_suffix':
      return path;
    case 'joinpath':
      return callPure('os.path.join', { ...args, positional: [path, ...args.positional] }, machine, scope);
    case 'with_name':
      return callPure(
        'os.path.join',
        { ...args, positional: [[text(parentPath(owner.text))], ...args.positional] },
        machine,
        scope,
      );
    case 'symlink_to':
    case 'rename':
      machine.report('writes', scope, at, name, [owner.text, ...knownTexts(args.positional[0] ?? [])].join(' '));
      return unknown;
    default:
      return undefined;
  }
}

/** Returns an opened file, and reports one that is opened for writing. */
export function openFile(path: Values, mode: Values | undefined, scope: Scope, at: number, machine: Machine): Values {
  const isWriting = (mode ?? []).some((value) => value.kind !== 'text' || /[wax+]/.test(value.text));
  if (isWriting)
    machine.report(
      'writes',
      scope,
      at,
      'open',
      path.map((value) => (value.kind === 'text' ? value.text : hole)).join(' '),
    );
  return [{ kind: 'file', path }];
}

/** Analyses text that is written to a startup file. */
export function reportWritten(content: Values, path: Values, scope: Scope, at: number, machine: Machine): void {
  if (!knownTexts(path).some((name) => name.endsWith('.pth'))) return;
  for (const written of knownTexts(content)) {
    for (const line of written.split('\n')) if (/^import[ \t]/.test(line)) machine.runText(line, scope, at);
  }
}
