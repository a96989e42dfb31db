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

/** Files that a shell may read when it starts for a person, as one list for each of which it reads the first there is. */
export function startFiles(shell: ShellName, { platform, home, environment }: Machine): readonly (readonly string[])[] {
  const configuration = environment.XDG_CONFIG_HOME || path.join(home, '.config');
  switch (shell) {
    case 'bash': // Terminal.app starts login shells
      return platform === 'darwin'
        ? [['.bash_profile', '.bash_login', '.profile'].map((name) => path.join(home, name))]
        : [[path.join(home, '.bashrc')]];
    case 'zsh':
      return [[path.join(environment.ZDOTDIR || home, '.zshrc')]];
    case 'fish':
      return [[path.join(configuration, 'fish', 'conf.d', 'awspip.fish')]];
    case 'powershell':
      return platform === 'win32'
        ? windowsProfiles(home, environment.OneDrive).map((file) => [file])
        : [[path.join(configuration, 'powershell', profile)]];
  }
}

const profile = 'Microsoft.PowerShell_profile.ps1';

/** PowerShell's own, that of Windows PowerShell 5.1, and both where OneDrive keeps the documents. */
function windowsProfiles(home: string, oneDrive: string | undefined): string[] {
  const documents = [home, ...(oneDrive ? [oneDrive] : [])].map((folder) => path.join(folder, 'Documents'));
  return documents.flatMap((folder) =>
    ['PowerShell', 'WindowsPowerShell'].map((name) => path.join(folder, name, profile)),
  );
}

/**
 * The start files to write. A shell that reads one of several has the one that is there: bash would pass over a
 * `.profile` once there is a `.bash_profile`. Of several that count, the first, and the others only where they are
 * there: Windows PowerShell may not run scripts at all, and would complain of each at every start.
 */
export async function startFilesToWrite(
  shell: ShellName,
  machine: Machine,
  isThere: (file: string) => Promise<boolean>,
): Promise<string[]> {
  const groups = await Promise.all(
    startFiles(shell, machine).map(async (files) => {
      const there = await Promise.all(files.map(isThere));
      return { first: files[0], found: files.find((_, at) => there[at]) };
    }),
  );
  return groups.flatMap(({ first, found }, at) => found ?? (at === 0 && first !== undefined ? first : []));
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
  const anyThere = async (files: readonly string[]) => (await Promise.all(files.map(isThere))).includes(true);
  const used = await Promise.all(
    shellNames.map(async (shell) => {
      if (shell === login || (shell === 'powershell' && machine.platform === 'win32')) return true;
      const files = startFiles(shell, machine).flat();
      if (await anyThere(files)) return true;
      return shell === 'fish' && anyThere(files.map((file) => path.dirname(path.dirname(file))));
    }),
  );
  const found = shellNames.filter((_, at) => used[at]);
  return found.length > 0 ? found : ['bash'];
}
