import path from 'node:path';
import { quoteFish, quotePowerShell, quoteSh } from './quote.ts';

export const shellNames = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type ShellName = (typeof shellNames)[number];

/** What decides where start files are. */
export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** The file of awspip that each shell reads. */
export const initFiles: Readonly<Record<ShellName, string>> = {
  bash: 'init.sh',
  zsh: 'init.sh',
  fish: 'init.fish',
  powershell: 'init.ps1',
};

/** Returns the files that an interactive shell may read when it starts: of each list, it reads the first that exists. */
export function startFiles(shell: ShellName, { platform, home, environment }: Machine): readonly (readonly string[])[] {
  const configuration = environment.XDG_CONFIG_HOME || path.join(home, '.config');
  switch (shell) {
    case 'bash': // macOS opens login shells, which do not read `.bashrc`.
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

/** Returns the profiles of PowerShell and of Windows PowerShell 5.1, also in the documents folder of OneDrive. */
function windowsProfiles(home: string, oneDrive: string | undefined): string[] {
  const documents = [home, ...(oneDrive ? [oneDrive] : [])].map((folder) => path.join(folder, 'Documents'));
  return documents.flatMap((folder) =>
    ['PowerShell', 'WindowsPowerShell'].map((name) => path.join(folder, name, profile)),
  );
}

/**
 * Returns the start files to write. Of each list that is the file that exists, because bash ignores `.profile` once
 * there is a `.bash_profile`. Of several lists only the first gets a new file: Windows PowerShell may not be allowed to
 * run scripts, and would print an error at every start.
 */
export async function startFilesToWrite(
  shell: ShellName,
  machine: Machine,
  exists: (file: string) => Promise<boolean>,
): Promise<string[]> {
  const groups = await Promise.all(
    startFiles(shell, machine).map(async (files) => {
      const present = await Promise.all(files.map(exists));
      return { first: files[0], found: files.find((_, index) => present[index]) };
    }),
  );
  return groups.flatMap(({ first, found }, index) => found ?? (index === 0 && first !== undefined ? first : []));
}

/** Returns the lines of the block in a start file: it reads awspip's file, if that still exists. */
export function blockLines(shell: ShellName, initFile: string): readonly string[] {
  const about = '# written by `awspip setup`; `awspip setup --remove` removes it';
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

/** Returns the shells in use: the login shell, and those whose start file exists. For fish its folder is enough. */
export async function shellsInUse(machine: Machine, exists: (file: string) => Promise<boolean>): Promise<ShellName[]> {
  const login = path.basename(machine.environment.SHELL ?? '');
  const anyExists = async (files: readonly string[]) => (await Promise.all(files.map(exists))).includes(true);
  const used = await Promise.all(
    shellNames.map(async (shell) => {
      if (shell === login || (shell === 'powershell' && machine.platform === 'win32')) return true;
      const files = startFiles(shell, machine).flat();
      if (await anyExists(files)) return true;
      return shell === 'fish' && anyExists(files.map((file) => path.dirname(path.dirname(file))));
    }),
  );
  const found = shellNames.filter((_, index) => used[index]);
  return found.length > 0 ? found : ['bash'];
}
