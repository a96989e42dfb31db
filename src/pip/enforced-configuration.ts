import { type ConfigurationEntry, parseConfigurationFile } from './configuration-file.ts';

/** The section that marks a file of `awspip setup --enforce`. A section survives `pip config set`, a comment does not. */
const markerSection = 'awspip';

/** The options with which pip finds packages. */
const sourceOptions = ['index-url', 'pypi-url', 'extra-index-url', 'find-links', 'no-index'];

/** A configuration file of pip. */
export type PipFile = { readonly path: string; readonly text: string };

/** Returns the path under which `awspip setup --enforce` keeps the file that it replaces. */
export function keptFile(file: string): string {
  return `${file}.before-awspip`;
}

/** Whether `awspip setup --enforce` wrote this text of a pip configuration file. */
export function isEnforced(text: string, file: string): boolean {
  return text.includes(`[${markerSection}]`) && parse({ path: file, text }).some(isMarker);
}

/** Returns the index that an enforced configuration names; undefined if it names none. */
export function enforcedIndex(text: string, file: string): string | undefined {
  return parse({ path: file, text }).find(({ section, key }) => section === 'global' && key === 'index-url')?.value;
}

/** Reads a configuration file as it was before `awspip setup --enforce`. */
export function readBeforeEnforcement(
  read: (file: string) => string | undefined,
): (file: string) => string | undefined {
  return (file) => {
    const text = read(file);
    return text !== undefined && isEnforced(text, file) ? read(keptFile(file)) : text;
  };
}

/**
 * Returns the user's configuration file with one index in place of every other source of packages. It also replaces the
 * sources in the files of the machine, which pip reads before. Other options stay.
 *
 * @param kept name of the file that has the original text; undefined if there was none
 * @throws {AwspipError} `pip-configuration` for a file that pip rejects too.
 */
export function enforcedText(
  { path: file, text }: PipFile,
  index: string,
  { machineFiles, kept }: { readonly machineFiles: readonly PipFile[]; readonly kept: string | undefined },
): string {
  const own = parse({ path: file, text }).filter((entry) => !isSource(entry) && !isMarker(entry));
  const replaced = machineFiles
    .flatMap(parse)
    .filter(isSource)
    .map(({ section, key }) => ({ section, key, value: key === 'no-index' ? 'false' : index }));
  const first = { section: 'global', key: 'index-url', value: index };
  const marker = { section: markerSection, key: 'written-by', value: 'awspip setup --enforce' };
  const original = { section: markerSection, key: 'original', value: kept ?? 'none' };
  const head =
    '# Written by `awspip setup --enforce`: pip finds packages in the vetted repository only, or nowhere.\n' +
    '# To install a package, run `awspip install`. `awspip setup --remove` restores the file that was here.\n';
  return head + render([first, ...replaced, ...own, marker, original]);
}

type Entry = Pick<ConfigurationEntry, 'section' | 'key' | 'value'>;

function parse({ path: file, text }: PipFile): readonly ConfigurationEntry[] {
  return parseConfigurationFile(text, file);
}

function isSource({ key }: Entry): boolean {
  return sourceOptions.includes(key);
}

function isMarker({ section, key }: Entry): boolean {
  return section === markerSection && (key === 'written-by' || key === 'original');
}

function render(entries: readonly Entry[]): string {
  const sections = new Map<string, Map<string, string>>();
  for (const { section, key, value } of entries) {
    sections.set(section, (sections.get(section) ?? new Map<string, string>()).set(key, value));
  }
  const blocks = [...sections].map(([section, options]) => {
    const lines = [...options].map(([key, value]) => `${key} = ${value.replaceAll('\n', '\n    ')}`.trimEnd());
    return `\n[${section}]\n${lines.join('\n')}\n`;
  });
  return blocks.join('');
}
