import { quoteFish } from '../setup/quote.ts';
import { printedWord, valuePlaces } from './completion-table.ts';
import type { CompletionTable } from './types.ts';

/**
 * Returns completion for fish: the functions of `posixCompletion` in the language of fish.
 *
 * @param awspip the command that starts awspip, quoted
 */
export function fishCompletion(table: CompletionTable, awspip: string, commands: readonly string[]): string {
  const contexts = [...table.contexts];
  const known = contexts.flatMap(([key]) => (key === '' ? [] : quoteFish(key))).join(' ');
  return `function __awspip_words
${switchOf(contexts.map(([key, { words }]) => [[key], words.map(printedWord)]))}
end
function __awspip_options
${switchOf(contexts.map(([key, { options }]) => [[key], options.map(printedWord)]))}
    printf '%s\\n' ${table.ownOptions.map(printedWord).map(quoteFish).join(' ')}
end
function __awspip_values
${switchOf(
  valuePlaces(table).map(([values, places]) => [places.map((place) => place.join(' ')), values]),
  '"$argv[1] $argv[2]"',
)}
end
function __awspip_of_pip
    env PIP_AUTO_COMPLETE=1 COMP_WORDS="$argv[1]" COMP_CWORD=$argv[2] ${awspip} 2>/dev/null | string split -n ' '
end
function __awspip_offer
    set -l before $argv[2..-2]
    set -l current $argv[-1]
    set -l key ''
    set -l option ''
    set -l given ''
    while test (count $before) -gt 0
        set -l each $before[1]
        set -e before[1]
        set -l longer (string trim -- "$key $each")
        if test "$each" = --
            return
        else if string match -q -- '-*=*' $each
            continue
        else if string match -q -- '-*' $each
            if contains -- "$each=" (__awspip_options "$key" | string replace -r '\\t.*' '')
                if test (count $before) -gt 0
                    set -e before[1]
                else
                    set option $each
                end
            end
        else if contains -- "$longer" ${known}
            set key $longer
        else if test -z "$key"
            return
        else
            set given 1
        end
    end
    if test -n "$option"
        __awspip_values "$key" $option
    else if string match -q -- '--*=*' "$current"
        set -l name (string replace -r '=.*' '' -- "$current")
        for each in (__awspip_values "$key" $name)
            printf '%s\\n' "$name=$each"
        end
    else if string match -q -- '-*' "$current"
        __awspip_options "$key"
    else if contains -- "$key" show uninstall
        __awspip_of_pip "pip $key $current" 2
    else if test -z "$given"
        __awspip_words "$key"
    end
end
function __awspip_complete
    set -l current (commandline -ct)
    set -l offered (__awspip_offer (commandline -opc) "$current")
    if test (count $offered) -gt 0
        printf '%s\\n' $offered
    else
        __fish_complete_path "$current"
    end
end
${commands.map((command) => `complete -c ${command} -f -a '(__awspip_complete)'`).join('\n')}
`;
}

type Case = readonly [keys: readonly string[], lines: readonly string[]];

function switchOf(rows: readonly Case[], subject = '"$argv[1]"'): string {
  const shown = rows.flatMap(([keys, texts]) =>
    texts.length === 0
      ? []
      : [
          `        case ${keys.map(quoteFish).join(' ')}`,
          `            printf '%s\\n' ${texts.map(quoteFish).join(' ')}`,
        ],
  );
  return [`    switch ${subject}`, ...shown, '    end'].join('\n');
}
