import type { CompletionWords } from './completion-words.ts';
import { quoteFish } from './quote.ts';

/** Returns what fish reads when it starts: functions, the shims on PATH, and completion. */
export function fishInit(shimFolder: string, words: CompletionWords): string {
  const shim = (name: string) => quoteFish(`${shimFolder}/${name}`);
  return `# runs pip through awspip in fish; written by \`awspip setup\`
contains -- ${quoteFish(shimFolder)} $PATH
or set -gx PATH ${quoteFish(shimFolder)} $PATH
function pip --description 'pip through awspip'
    ${shim('pip')} $argv
end
function pip3 --description 'pip through awspip'
    ${shim('pip3')} $argv
end
${python('python', shim('pip'))}
${python('python3', shim('pip'))}
function __awspip_words
    switch "$argv[1]"
${Object.entries(words.verbs)
  .map(
    ([verb, following]) =>
      `        case ${quoteFish(verb)}\n            printf '%s\\n' ${following.map(quoteFish).join(' ')}`,
  )
  .join('\n')}
    end
end
function __awspip_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l verb ''
    test (count $tokens) -gt 1; and set verb $tokens[2]
    set -l offered (__awspip_words "$verb")
    if test -z "$verb"; or test (count $offered) -eq 0
        set -a offered (env PIP_AUTO_COMPLETE=1 COMP_WORDS="$tokens $current" COMP_CWORD=(count $tokens) ${shim('pip')} 2>/dev/null | string split ' ')
    end
    string match -q -- '-*' "$current"; and set -a offered ${words.options.map(quoteFish).join(' ')}
    printf '%s\\n' $offered
end
for name in awspip pip pip3
    complete -c $name -a '(__awspip_complete)'
end
`;
}

function python(name: string, shim: string): string {
  return `function ${name} --description '${name}, with pip through awspip'
    if test "$argv[1]" = -m; and test "$argv[2]" = pip
        env AWSPIP_PYTHON=${name} ${shim} $argv[3..-1]
    else
        command ${name} $argv
    end
end`;
}
