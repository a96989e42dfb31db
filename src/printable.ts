/**
 * Control characters out, and the marks that GitHub Actions takes for commands parted: what comes from an index or a
 * record must steer neither the terminal nor the build server.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  const visible = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').slice(0, 2000);
  return visible.replace(/^(\s*)::/gm, '$1: :').replaceAll('##[', '## [');
}

/** The same, on one line: for places where a line break would begin a line of its own. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}
