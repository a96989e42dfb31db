import { quoteSh } from './quote.ts';

/** The command that starts awspip: absolute paths of the interpreter and the script. */
export type Starter = readonly [node: string, script: string];

/** A program that starts awspip under the name of pip. */
export type Shim = { readonly name: string; readonly text: string };

/** Returns `pip` and `pip3` for a folder that is first on PATH, for scripts and Makefiles. */
export function shims(platform: NodeJS.Platform, starter: Starter): readonly Shim[] {
  const names = ['pip', 'pip3'];
  const shell = names.map((name) => ({ name, text: shellShim(starter) }));
  // Git's bash runs the files without an extension, cmd.exe those with `.cmd`.
  return platform === 'win32'
    ? [...shell, ...names.map((name) => ({ name: `${name}.cmd`, text: batchShim(starter) }))]
    : shell;
}

/**
 * Returns the shim for POSIX shells. If node or awspip has moved, it runs the awspip on PATH. It never runs pip. The
 * folder to delete is the one with the start files: they define functions that call the shims.
 */
function shellShim([node, script]: Starter): string {
  return `#!/bin/sh
# runs pip through awspip; written by \`awspip setup\`, removed by \`awspip setup --remove\`
if [ -x ${quoteSh(node)} ] && [ -f ${quoteSh(script)} ]; then
  exec ${quoteSh(node)} ${quoteSh(script)} "$@"
fi
if command -v awspip >/dev/null 2>&1; then
  exec awspip "$@"
fi
echo 'awspip: awspip was moved or removed; run \`awspip setup\` again, or delete the folder' "$(dirname "$(dirname "$0")")" >&2
exit 127
`;
}

function batchShim([node, script]: Starter): string {
  const quoted = (text: string) => `"${text.replaceAll('%', '%%')}"`;
  return ['@echo off', `${quoted(node)} ${quoted(script)} %*`, ''].join('\r\n');
}
