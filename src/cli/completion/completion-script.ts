import { fishCompletion } from './fish-completion.ts';
import { bashCompletion, posixCompletion, zshCompletion } from './posix-completion.ts';
import type { CompletionTable } from './types.ts';

const head = '# completes awspip; written by `awspip shell-completion`';

/** Returns the script that `awspip shell-completion` prints. zsh can source it, or load it as a file `_awspip`. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', table: CompletionTable): string {
  switch (shell) {
    case 'bash':
      return `${head}\n${posixCompletion(table, 'command awspip')}${bashCompletion(['awspip'])}\n`;
    case 'zsh':
      return `#compdef awspip\n${head}\n${posixCompletion(table, 'command awspip')}${zshCompletion(['awspip'])}
if [ "\${funcstack[1]-}" = _awspip ]; then _awspip_complete; fi
`;
    case 'fish':
      return `${head}\n${fishCompletion(table, 'awspip', ['awspip'])}`;
  }
}
