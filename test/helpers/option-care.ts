import { isolatedArguments } from '../../src/pip/environment.ts';
import type { FilePort } from '../../src/pip/files.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { longOption, type OptionRow, optionTable } from '../../src/pip/options.ts';
import { openPostProcessing } from '../../src/pip/post-processing.ts';
import { gatherRoots } from '../../src/pip/roots.ts';
import { sourceOfOption } from '../../src/pip/unvetted-source.ts';

/** What becomes of one of pip's options: found out by asking the code, option by option. */
export type Care = 'refused' | 'read' | 'decides' | 'rewritten' | 'taken out' | 'pip’s';

/** Files under names that any option could have for a value. */
const texts: Readonly<Record<string, string>> = {
  '/work/a.txt': 'six\nevil @ https://elsewhere.example/evil-1.0.tar.gz\n',
  '/work/pyproject.toml': '[project]\nname = "own"\ndependencies = ["six"]\n[dependency-groups]\ndev = ["six"]\n',
  '/work/script.py': '# /// script\n# dependencies = ["six"]\n# ///\n',
};
const values = ['a.txt', 'dev', 'script.py', '.', ':all:', '3.12'];

const files: FilePort = {
  kindOf: async (file) => (file === '/work' ? 'folder' : file in texts ? 'file' : 'absent'),
  realPath: async (file) => file,
  read: async (file) => Buffer.from(texts[file] ?? ''),
  makeFolder: async () => '/made',
  write: async () => {},
  removeFolder: async () => {},
};

async function reading(argv: readonly string[]) {
  const ports = { folder: '/work', variables: {}, files };
  const { roots, constraints, unvettedSources, options, target } = await gatherRoots(parsePipArguments(argv), ports);
  return { asked: JSON.stringify([roots, constraints, unvettedSources]), choice: JSON.stringify([options, target]) };
}

/** Whether the file it names is freed of the relay's host afterwards. */
async function isRewritten(argv: readonly string[], value: string): Promise<boolean> {
  let touched = false;
  const seen: FilePort['kindOf'] = async (file) => {
    touched ||= file === `/work/${value}`;
    return 'absent';
  };
  const ported = { ...files, kindOf: seen, readText: async () => '', writeText: async () => {} };
  const ports = {
    folder: '/work',
    configuration: { options: [] },
    files: ported,
    print: async () => {},
    unique: () => '',
  };
  const { rewriteOutputFiles } = await openPostProcessing(parsePipArguments(argv), argv, ports);
  await rewriteOutputFiles({ host: 'h', endpoint: 'https://e/', pages: new Map() });
  return touched;
}

async function careOf(verb: string, { name, takesValue }: OptionRow): Promise<Care> {
  if (sourceOfOption({ name, value: 'x' }, 'argument') !== undefined) return 'refused';
  const without = await reading([verb]);
  let care: Care = 'pip’s';
  for (const value of takesValue ? values : [undefined]) {
    const argv = [verb, name, ...(value === undefined ? [] : [value])];
    try {
      if (!isolatedArguments(parsePipArguments(argv)).includes(name)) return 'taken out';
    } catch {
      return 'refused';
    }
    const withIt = await reading(argv);
    if (without.choice !== withIt.choice) return 'decides';
    if (without.asked !== withIt.asked) care = 'read';
    else if (takesValue && (await isRewritten(argv, value ?? ''))) care = 'rewritten';
  }
  return care;
}

/** Every option that may follow one of these verbs, by what becomes of it. */
export async function careOfOptions(verbs: readonly string[]): Promise<ReadonlyMap<Care, readonly string[]>> {
  const found = new Map<Care, Set<string>>();
  for (const verb of verbs) {
    for (const row of optionTable(verb)) {
      // `--build` of long ago is the beginning of another option to newer pips.
      if (longOption(row.name, optionTable(verb)) !== row) continue;
      const care = await careOf(verb, row);
      found.set(care, (found.get(care) ?? new Set()).add(row.name));
    }
  }
  return new Map([...found].map(([care, names]) => [care, [...names].toSorted()]));
}
