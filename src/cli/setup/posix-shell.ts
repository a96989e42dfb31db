import type { CompletionWords } from './completion-words.ts';
import { quoteSh } from './quote.ts';

/**
 * Returns what bash and zsh read when they start: functions for people, the shims on PATH for scripts, and completion.
 *
 * The keyword `function` stops the shell from expanding an alias of the same name in the definition. The alias itself
 * would win over the function, so it is removed.
 */
export function posixInit(shimFolder: string, words: CompletionWords): string {
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
function _awspip_words {
  case "$1" in
${caseLines(words)}
  esac
}
function _awspip_of_pip {
  PIP_AUTO_COMPLETE=1 COMP_WORDS="$1" COMP_CWORD="$2" "$_awspip_shims/pip" 2>/dev/null
}
if [ -n "\${BASH_VERSION-}" ]; then
${bashCompletion(words)}
elif [ -n "\${ZSH_VERSION-}" ]; then
${zshCompletion(words)}
fi
`;
}

function caseLines({ verbs }: CompletionWords): string {
  return Object.entries(verbs)
    .map(([verb, following]) => `    ${quoteSh(verb)}) echo ${quoteSh(following.join(' '))} ;;`)
    .join('\n');
}

/**
 * Returns completion for bash. pip completes its own arguments if `PIP_AUTO_COMPLETE` is set
 * (https://pip.pypa.io/en/stable/user_guide/#command-completion). awspip starts it, so that a `pip.py` in the current
 * folder does not run.
 *
 * pip also offers file names. `compgen -W` would expand them and run a file named `$(…)`, so the loop compares them
 * itself. bash inserts a word unquoted, so names that need quotes are left out.
 */
function bashCompletion({ options }: CompletionWords): string {
  return `  function _awspip_complete {
    local word="\${COMP_WORDS[COMP_CWORD]}" verb='' offered each
    local -a found
    [ "$COMP_CWORD" -gt 1 ] && verb="\${COMP_WORDS[1]}"
    offered="$(_awspip_words "$verb")"
    if [ -z "$verb" ] || [ -z "$offered" ]; then
      offered="$offered $(_awspip_of_pip "\${COMP_WORDS[*]}" "$COMP_CWORD")"
    fi
    case "$word" in -*) offered="$offered "${quoteSh(options.join(' '))} ;; esac
    IFS=$' \\t\\n' read -r -d '' -a found <<<"$offered"
    COMPREPLY=()
    for each in "\${found[@]}"; do
      case "$each" in
        *[!A-Za-z0-9._/=+,@:~-]*) ;;
        "$word"*) COMPREPLY+=("$each") ;;
      esac
    done
  }
  complete -o default -F _awspip_complete awspip pip pip3`;
}

function zshCompletion({ options }: CompletionWords): string {
  return `  function _awspip_complete {
    local verb=''
    local -a offered
    [ "$CURRENT" -gt 2 ] && verb="\${words[2]}"
    offered=(\${=$(_awspip_words "$verb")})
    if [ -z "$verb" ] || [ "\${#offered}" -eq 0 ]; then
      offered+=(\${=$(_awspip_of_pip "\${words[*]}" "$((CURRENT - 1))")})
    fi
    case "\${words[CURRENT]}" in -*) offered+=(${options.map(quoteSh).join(' ')}) ;; esac
    compadd -- "\${offered[@]}"
  }
  if (( \${+functions[compdef]} )); then
    compdef _awspip_complete awspip pip pip3
  fi`;
}
