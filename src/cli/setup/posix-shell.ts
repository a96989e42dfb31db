import { bashCompletion, posixCompletion, zshCompletion } from '../completion/posix-completion.ts';
import type { CompletionTable } from '../completion/types.ts';
import { quoteSh } from './quote.ts';

/** The commands that run awspip once it is set up. */
const completed = ['awspip', 'pip', 'pip3'];

/**
 * Returns what bash and zsh read when they start: functions for people, the shims on PATH for scripts, and completion.
 *
 * The keyword `function` stops the shell from expanding an alias of the same name in the definition. The alias itself
 * would win over the function, so it is removed.
 */
export function posixInit(shimFolder: string, table: CompletionTable): string {
  return `# runs pip through awspip in bash and zsh; written by \`awspip setup\`
_awspip_shims=${quoteSh(shimFolder)}
case ":$PATH:" in
  *":$_awspip_shims:"*) ;;
  *) export PATH="$_awspip_shims:$PATH" ;;
esac
unalias pip pip3 2>/dev/null || true
function pip { "$_awspip_shims/pip" "$@"; }
function pip3 { "$_awspip_shims/pip3" "$@"; }
function python { _awspip_python python "$@"; }
function python3 { _awspip_python python3 "$@"; }
function _awspip_python {
  if [ "\${2-}" = -m ] && [ "\${3-}" = pip ]; then
    local interpreter="$1"
    shift 3
    AWSPIP_PYTHON="$interpreter" "$_awspip_shims/pip" "$@"
  else
    command "$@"
  fi
}
${posixCompletion(table, '"$_awspip_shims/pip"')}if [ -n "\${BASH_VERSION-}" ]; then
${bashCompletion(completed)}
elif [ -n "\${ZSH_VERSION-}" ]; then
${zshCompletion(completed)}
fi
`;
}
