import { quoteSh } from './quote.ts';

/** How awspip is started: the interpreter and the script, both absolute. */
export type Starter = readonly [node: string, script: string];

export type Shim = { readonly name: string; readonly text: string };

/** `pip` and `pip3` for a folder that stands first on PATH: they work where no function or alias does. */
export function shims(platform: NodeJS.Platform, starter: Starter): readonly Shim[] {
  const names = ['pip', 'pip3'];
  const shell = names.map((name) => ({ name, text: shellShim(starter) }));
  // The plain ones serve Git's bash and the like.
  return platform === 'win32'
    ? [...shell, ...names.map((name) => ({ name: `${name}.cmd`, text: batchShim(starter) }))]
    : shell;
}

/** Falls back on what PATH has once node or awspip has moved. It never starts a pip itself, so that nothing turns round. */
function shellShim([node, script]: Starter): string {
  return `#!/bin/sh
# pip behind awspip; made by \`awspip setup\`, taken out by \`awspip setup --remove\`
if [ -x ${quoteSh(node)} ] && [ -f ${quoteSh(script)} ]; then
  exec ${quoteSh(node)} ${quoteSh(script)} "$@"
fi
if command -v awspip >/dev/null 2>&1; then
  exec awspip "$@"
fi
echo 'awspip: awspip is not where it was when \`awspip setup\` ran; run it again, or remove the folder' "$(dirname "$0")" >&2
exit 127
`;
}

function batchShim([node, script]: Starter): string {
  const quoted = (text: string) => `"${text.replaceAll('%', '%%')}"`;
  return ['@echo off', `${quoted(node)} ${quoted(script)} %*`, ''].join('\r\n');
}
