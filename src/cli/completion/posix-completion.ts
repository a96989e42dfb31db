import { quoteSh } from '../setup/quote.ts';
import { printedWord, valuePlaces } from './completion-table.ts';
import type { CompletionTable } from './types.ts';

/**
 * Returns the functions that completion in bash and zsh share. `_awspip_offer` gets the words of the command line up to
 * the one to complete, and prints what fits there, one word a line, with its meaning after a tab.
 *
 * Everything is in the script, so that nothing starts, except for the names of installed packages: pip completes those
 * if `PIP_AUTO_COMPLETE` is set (https://pip.pypa.io/en/stable/user_guide/#command-completion). awspip starts it, so that
 * a `pip.py` in the current folder does not run.
 *
 * @param awspip the command that starts awspip, quoted
 */
export function posixCompletion(table: CompletionTable, awspip: string): string {
  const contexts = [...table.contexts];
  return `function _awspip_words {
${cases(contexts.map(([key, { words }]) => [key, words.map(printedWord).join('\n')]))}
}
function _awspip_options {
${cases(contexts.map(([key, { options }]) => [key, options.map(printedWord).join('\n')]))}
  printf '%s\\n' ${quoteSh(table.ownOptions.map(printedWord).join('\n'))}
}
function _awspip_values {
  case "$1 $2" in
${valueCases(table)}
  esac
}
function _awspip_known {
  case "$1" in
    ${contexts.flatMap(([key]) => (key === '' ? [] : quoteSh(key))).join('|')}) return 0 ;;
  esac
  return 1
}
function _awspip_of_pip {
  PIP_AUTO_COMPLETE=1 COMP_WORDS="$1" COMP_CWORD="$2" ${awspip} 2>/dev/null
}
${offer}
`;
}

/** The options of a verb end with \`=\` if they take a value, so that this function finds the verb and its arguments. */
const offer = `function _awspip_offer {
  if [ -n "\${ZSH_VERSION-}" ]; then emulate -L sh; fi
  local key='' option='' given='' each
  shift
  while [ "$#" -gt 1 ]; do
    each="$1"
    shift
    case "$each" in
      --) return ;;
      -*=*) ;;
      -*)
        case "
$(_awspip_options "$key")" in
          *"
$each="*) if [ "$#" -gt 1 ]; then shift; else option="$each"; fi ;;
        esac
        ;;
      *)
        if _awspip_known "\${key:+$key }$each"; then
          key="\${key:+$key }$each"
        elif [ -z "$key" ]; then
          return
        else
          given=1
        fi
        ;;
    esac
  done
  if [ -n "$option" ]; then
    _awspip_values "$key" "$option"
    return
  fi
  case "$1" in
    --*=*) for each in $(_awspip_values "$key" "\${1%%=*}"); do printf '%s\\n' "\${1%%=*}=$each"; done ;;
    -*) _awspip_options "$key" ;;
    *)
      case "$key" in
        show|uninstall) _awspip_of_pip "pip $key $1" 2 | tr -s ' ' '\\n' ;;
        *) if [ -z "$given" ]; then _awspip_words "$key"; fi ;;
      esac
      ;;
  esac
}`;

function cases(texts: readonly (readonly [key: string, text: string])[]): string {
  const rows = texts.flatMap(([key, text]) =>
    text === '' ? [] : [`    ${quoteSh(key)}) printf '%s\\n' ${quoteSh(text)} ;;`],
  );
  return ['  case "$1" in', ...rows, '  esac'].join('\n');
}

function valueCases(table: CompletionTable): string {
  return valuePlaces(table)
    .map(([values, places]) => {
      const patterns = places.map(([key, option]) =>
        key === '*' ? `*${quoteSh(` ${option}`)}` : quoteSh(`${key} ${option}`),
      );
      return `    ${patterns.join('|')}) printf '%s\\n' ${quoteSh(values.join('\n'))} ;;`;
    })
    .join('\n');
}

/**
 * Returns completion for bash. It joins the words that bash splits at \`=\`. \`compgen -W\` would expand the words and run
 * a name such as \`$(…)\`, so the loop compares them itself. bash inserts a word unquoted, so words that need quotes are
 * left out.
 */
export function bashCompletion(commands: readonly string[]): string {
  return `function _awspip_complete {
  local typed="\${COMP_WORDS[COMP_CWORD]}" current='' each index=0 offered
  local -a before=()
  while [ "$index" -le "$COMP_CWORD" ]; do
    each="\${COMP_WORDS[index]}"
    if [ "$index" -gt 1 ] && { [ "$each" = = ] || [ "\${COMP_WORDS[index-1]}" = = ]; }; then
      current="$current$each"
    else
      if [ "$index" -gt 0 ]; then before+=("$current"); fi
      current="$each"
    fi
    index=$((index + 1))
  done
  COMPREPLY=()
  offered="$(_awspip_offer "\${before[@]}" "$current")"
  while IFS= read -r each; do
    each="\${each%%$'\\t'*}"
    case "$each" in
      ''|*[!A-Za-z0-9._/=+,@:~-]*) ;;
      "$current"*) if [ "$typed" = "$current" ]; then COMPREPLY+=("$each"); else COMPREPLY+=("\${each#*=}"); fi ;;
    esac
  done <<<"$offered"
  case "\${#COMPREPLY[@]} \${COMPREPLY[0]-}" in '1 '*=) compopt -o nospace 2>/dev/null || true ;; esac
}
complete -o default -F _awspip_complete ${commands.join(' ')}`;
}

/** Returns completion for zsh. It shows the meaning of each word, and file names where nothing else fits. */
export function zshCompletion(commands: readonly string[]): string {
  return `function _awspip_complete {
  local each
  local -a plain valued
  for each in "\${(@f)$(_awspip_offer "\${(@)words[1,CURRENT]}")}"; do
    case "$each" in
      '') ;;
      *=|*=$'\\t'*) valued+=("\${each/$'\\t'/:}") ;;
      *) plain+=("\${each/$'\\t'/:}") ;;
    esac
  done
  if (( \${#plain} + \${#valued} == 0 )); then
    _default
    return
  fi
  _describe -V awspip plain -- valued -S ''
}
if (( \${+functions[compdef]} )); then
  compdef _awspip_complete ${commands.join(' ')}
fi`;
}
