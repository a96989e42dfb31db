import { isolatedArguments } from '../../src/pip/environment.ts';
import type { FilePort } from '../../src/pip/files.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { longOption, type OptionRow, optionTable } from '../../src/pip/options.ts';
import { openPostProcessing } from '../../src/pip/post-processing.ts';
import { gatherRoots } from '../../src/pip/roots.ts';
import { sourceOfOption } from '../../src/pip/unvetted-source.ts';

/** How awspip handles an option of pip. */
export type OptionHandling = 'refused' | 'read' | 'decides' | 'rewritten' | 'taken out' | 'pip’s';

/** Files that the values below name. */
const texts: Readonly<Record<string, string>> = {
  '/work/a.txt': 'six\nevil @ https://elsewhere.example/evil-1.0.tar.gz\n',
  '/work/pyproject.toml': '[project]\nname = "own"\ndependencies = ["six"]\n[dependency-groups]\ndev = ["six"]\n',
  '/work/script.py': '# /// script\n# dependencies = ["six"]\n# ///\n',
};
const values = ['a.txt', 'dev', 'script.py', '.', ':all:', '3.12'];

const files: FilePort = {
  kindOf: async (file) => (file === '/work' ? 'folder' : file in texts ? 'file' : 'absent'),
  realPath: async (file) => file,
  namesBelow: async () => [],
  read: async (file) => Buffer.from(texts[file] ?? ''),
  makeFolder: async () => '/made',
  write: async () => {},
  removeFolder: async () => {},
};

async function reading(argv: readonly string[]) {
  const ports = { folder: '/work', variables: {}, files };
  const { roots, constraints, unvettedSources, options, target } = await gatherRoots(parsePipArguments(argv), ports);
  return {
    requirements: JSON.stringify([roots, constraints, unvettedSources]),
    choice: JSON.stringify([options, target]),
  };
}

/** Checks whether post-processing removes the relay's host from the file that an option names. */
async function isRewritten(argv: readonly string[], value: string): Promise<boolean> {
  let wasExamined = false;
  const kindOf: FilePort['kindOf'] = async (file) => {
    wasExamined ||= file === `/work/${value}`;
    return 'absent';
  };
  const fileAccess = { ...files, kindOf, readText: async () => '', writeText: async () => {} };
  const ports = {
    folder: '/work',
    configuration: { options: [] },
    files: fileAccess,
    print: async () => {},
    unique: () => '',
  };
  const { rewriteOutputFiles } = await openPostProcessing(parsePipArguments(argv), argv, ports);
  await rewriteOutputFiles({ host: 'h', endpoint: 'https://e/', pages: new Map() });
  return wasExamined;
}

/** Determines how awspip handles one option, by running its code with and without the option. */
async function handlingOf(verb: string, { name, takesValue }: OptionRow): Promise<OptionHandling> {
  if (sourceOfOption({ name, value: 'x' }, 'argument') !== undefined) return 'refused';
  const without = await reading([verb]);
  let handling: OptionHandling = 'pip’s';
  for (const value of takesValue ? values : [undefined]) {
    const argv = [verb, name, ...(value === undefined ? [] : [value])];
    try {
      if (!isolatedArguments(parsePipArguments(argv)).includes(name)) return 'taken out';
    } catch {
      return 'refused';
    }
    const withOption = await reading(argv);
    if (without.choice !== withOption.choice) return 'decides';
    if (without.requirements !== withOption.requirements) handling = 'read';
    else if (takesValue && (await isRewritten(argv, value ?? ''))) handling = 'rewritten';
  }
  return handling;
}

/** Groups the options of these verbs by how awspip handles them. */
export async function optionHandling(
  verbs: readonly string[],
): Promise<ReadonlyMap<OptionHandling, readonly string[]>> {
  const found = new Map<OptionHandling, Set<string>>();
  for (const verb of verbs) {
    for (const row of optionTable(verb)) {
      // Newer pips read the removed option `--build` as an abbreviation of another option.
      if (longOption(row.name, optionTable(verb)) !== row) continue;
      const handling = await handlingOf(verb, row);
      found.set(handling, (found.get(handling) ?? new Set()).add(row.name));
    }
  }
  return new Map([...found].map(([handling, names]) => [handling, [...names].toSorted()]));
}
