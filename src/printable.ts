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
