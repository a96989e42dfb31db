import { AwspipError } from '../errors.ts';

/** One value of a configuration file. */
export type ConfigurationEntry = {
  readonly section: string;
  /** Normalised as in pip: lower case, `_` as `-`, no leading `--`. */
  readonly key: string;
  readonly value: string;
  /** First line of the value, from 1. */
  readonly line: number;
};

type Value = { readonly section: string; readonly key: string; readonly line: number; readonly lines: string[] };

/**
 * Parses a `pip.conf` as Python's `RawConfigParser` does: `=` or `:`, whole-line comments, indented continuations,
 * `[DEFAULT]` in every section.
 *
 * @throws {AwspipError} `pip-configuration` where that parser rejects the file, so that pip does not start.
 */
export function parseConfigurationFile(text: string, path: string): ConfigurationEntry[] {
  const values: Value[] = [];
  const sections = new Set<string>();
  const seenKeys = new Set<string>();
  let section: string | undefined;
  let current: Value | undefined;
  let indentation = 0;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const content = line.trim();
    if (/^[#;]/.test(content)) continue;
    if (content === '') {
      current?.lines.push('');
      continue;
    }
    const lineIndentation = line.length - line.trimStart().length;
    if (current && lineIndentation > indentation) {
      current.lines.push(content);
      continue;
    }
    indentation = lineIndentation;
    const header = parseSection(content);
    if (header !== undefined) {
      if (sections.has(header) && header !== 'DEFAULT') throw malformed(path, index, `duplicate section [${header}]`);
      sections.add(header);
      section = header;
      current = undefined;
      continue;
    }
    if (section === undefined) throw malformed(path, index, 'it has no section header before it');
    current = parseOption(content, section, index + 1);
    if (!current) throw malformed(path, index, 'it is not `name = value`');
    const { key } = current;
    const sectionKey = `${section}\n${key}`;
    if (seenKeys.has(sectionKey)) throw malformed(path, index, `duplicate \`${key}\``);
    seenKeys.add(sectionKey);
    values.push(current);
  }
  return entriesWithDefaults(values, sections);
}

/** Returns pip's normal form of an option name. */
export function normaliseKey(name: string): string {
  return name.toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}

function parseSection(content: string): string | undefined {
  const end = content.lastIndexOf(']');
  return content.startsWith('[') && end > 1 ? content.slice(1, end) : undefined;
}

function parseOption(content: string, section: string, line: number): Value | undefined {
  const separator = content.search(/[=:]/);
  if (separator < 1) return undefined;
  return {
    section,
    key: normaliseKey(content.slice(0, separator).trim()),
    line,
    lines: [content.slice(separator + 1).trim()],
  };
}

function entriesWithDefaults(values: readonly Value[], sections: ReadonlySet<string>): ConfigurationEntry[] {
  const joinedValues = values.map(({ lines, ...value }) => ({ ...value, value: lines.join('\n').trimEnd() }));
  const defaults = joinedValues.filter(({ section }) => section === 'DEFAULT');
  return [...sections]
    .filter((section) => section !== 'DEFAULT')
    .flatMap((section) => [
      ...defaults.map((entry) => ({ ...entry, section })),
      ...joinedValues.filter((entry) => entry.section === section),
    ]);
}

function malformed(path: string, index: number, reason: string): AwspipError {
  const message = `pip's configuration file \`${path}\` is not valid: line ${index + 1}: ${reason.slice(0, 200)}`;
  return new AwspipError('pip-configuration', message, {
    exit: 'configuration',
    hint: 'correct the line, or run `pip config debug` to list the files that pip reads',
  });
}
