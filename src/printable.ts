/**
 * Removes control characters, breaks the markers of GitHub Actions and Azure Pipelines commands, and cuts the text to
 * 2,000 characters. Text from an index or a record must control neither the terminal nor the build server.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  const visible = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').slice(0, 2000);
  return visible.replace(/^(\s*)::/gm, '$1: :').replaceAll('##[', '## [');
}

/** Returns the printable text on one line, for output formats where a line break starts a new entry. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}

/**
 * Returns the text with every character except visible ASCII as `\u{…}`, cut to 200 characters. For names that somebody
 * else chose and that the user must recognize: letters of other scripts look the same.
 */
export function escaped(text: string): string {
  return text.slice(0, 200).replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
