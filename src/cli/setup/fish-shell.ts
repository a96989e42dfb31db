import { fishCompletion } from '../completion/fish-completion.ts';
import type { CompletionTable } from '../completion/types.ts';
import { quoteFish } from './quote.ts';

/** Returns what fish reads when it starts: functions, the shims on PATH, and completion. */
export function fishInit(shimFolder: string, table: CompletionTable): string {
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
${fishCompletion(table, shim('pip'), ['awspip', 'pip', 'pip3'])}`;
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
