import type { CompletionWords } from './completion-words.ts';
import { quoteSh } from './quote.ts';

/**
 * What bash and zsh read at their start: functions for people, the shims for everything they start, completion.
 *
 * `function` keeps an alias of the same name from being taken for the name; the alias itself would win, so it goes.
 */
export function posixInit(shimFolder: string, words: CompletionWords): string {
  return `# pip behind awspip, in bash and zsh; made by \`awspip setup\`
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
 * pip completes by itself when it finds its variables (https://pip.pypa.io/en/stable/user_guide/#command-completion).
 * Started by awspip, it is the one that would run, and no `pip.py` of the folder one stands in.
 *
 * It offers files, too. Not `compgen -W`, which expands its words: a file called `$(…)` would be run at the touch of a
 * key. bash puts a word on the line as it is, so one that would need quotes is left out.
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
