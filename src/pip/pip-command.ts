import { rewriteConsole } from './console-text.ts';
import type { PipProgram } from './find-pip.ts';

/**
 * Modules that Python 3.7 to 3.14 import between adding the working directory to the module path for `-m` and its
 * removal by pip.
 */
const earlyImports = new Set(
  `pip runpy typing importlib pkgutil collections contextlib copyreg enum functools heapq itertools keyword linecache
  operator re reprlib sre_compile sre_constants sre_parse textwrap token tokenize traceback types warnings weakref
  annotationlib ast dis inspect opcode string abc io os sys zipimport codecs site stat
  _collections _functools _heapq _locale _operator _sre _typing _weakrefset _collections_abc _py_warnings _colorize`
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * Runs `-m pip` without the working directory on the module path. If that directory was removed, pip's `__main__`
 * fails, but the command `pip` does not.
 */
const launcher = (prologue: string) => `
import os, sys
if sys.path[:1] == ['']: del sys.path[0]
${prologue}
try: os.getcwd()
except OSError:
    from pip._internal.cli.main import main
    sys.exit(main())
import runpy
runpy.run_module('pip', run_name='__main__', alter_sys=True)
`;

/**
 * Returns the command that starts pip in a folder with these entries. `python -m pip` would import a `pip.py` or
 * `typing.py` of the working directory, unlike the command `pip`. A cloned repository must not be trusted with that.
 * `indexLine` replaces pip's line about its indexes on the console.
 */
export function pipCommand(
  program: PipProgram,
  entries: readonly string[] | undefined,
  indexLine?: string,
): readonly string[] {
  const [python, option, name] = program.command;
  if (python === undefined || option !== '-m' || name !== 'pip') return program.command;
  const isShadowed = entries?.some((entry) => earlyImports.has(entry.split('.')[0]?.toLowerCase() ?? '')) ?? true;
  if (!isShadowed && indexLine === undefined) return program.command;
  return [python, '-c', launcher(indexLine === undefined ? '' : rewriteConsole(indexLine))];
}
