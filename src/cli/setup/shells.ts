import path from 'node:path';
import { quoteFish, quotePowerShell, quoteSh } from './quote.ts';

export const shellNames = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type ShellName = (typeof shellNames)[number];

export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Which of our files a shell reads. */
export const initFiles: Readonly<Record<ShellName, string>> = {
  bash: 'init.sh',
  zsh: 'init.sh',
  fish: 'init.fish',
  powershell: 'init.ps1',
};

/** The file that each shell reads when it starts for a person. */
export function startFile(shell: ShellName, { platform, home, environment }: Machine): string {
  const configuration = environment.XDG_CONFIG_HOME || path.join(home, '.config');
  switch (shell) {
    case 'bash': // Terminal.app starts login shells
      return path.join(home, platform === 'darwin' ? '.bash_profile' : '.bashrc');
    case 'zsh':
      return path.join(environment.ZDOTDIR || home, '.zshrc');
    case 'fish':
      return path.join(configuration, 'fish', 'conf.d', 'awspip.fish');
    case 'powershell':
      return platform === 'win32'
        ? path.join(home, 'Documents', 'PowerShell', 'Microsoft.PowerShell_profile.ps1')
        : path.join(configuration, 'powershell', 'Microsoft.PowerShell_profile.ps1');
  }
}

/** What our block says: read our file, if it is still there. */
export function blockLines(shell: ShellName, initFile: string): readonly string[] {
  const about = '# made by `awspip setup`; `awspip setup --remove` takes it out';
  switch (shell) {
    case 'bash':
    case 'zsh':
      return [about, `if [ -r ${quoteSh(initFile)} ]; then . ${quoteSh(initFile)}; fi`];
    case 'fish':
      return [about, `test -r ${quoteFish(initFile)}; and source ${quoteFish(initFile)}`];
    case 'powershell':
      return [about, `if (Test-Path -LiteralPath ${quotePowerShell(initFile)}) { . ${quotePowerShell(initFile)} }`];
  }
}

/** The shells somebody uses here: the login shell, and those whose start file, or its folder, is there. */
export async function shellsInUse(machine: Machine, isThere: (file: string) => Promise<boolean>): Promise<ShellName[]> {
  const login = path.basename(machine.environment.SHELL ?? '');
  const used = await Promise.all(
    shellNames.map(async (shell) => {
      if (shell === login || (shell === 'powershell' && machine.platform === 'win32')) return true;
      const file = startFile(shell, machine);
      if (await isThere(file)) return true;
      return shell === 'fish' && isThere(path.dirname(path.dirname(file)));
    }),
  );
  const found = shellNames.filter((_, at) => used[at]);
  return found.length > 0 ? found : ['bash'];
}
