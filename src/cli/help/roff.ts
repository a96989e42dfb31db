/** Characters that roff reads as a command, or that some outputs replace by a typographic one (groff_char(7)). */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Returns text for a line of a manual page. Everything but ASCII becomes the name of its character. */
export function roffText(text: string): string {
  const printed = text
    .replace(/\s+/g, ' ')
    .replace(/[\\\-'"`^~]/g, (character) => escapes[character] ?? character)
    .replace(/[^ -~]/gu, (character) => `\\[u${codePoint(character)}]`);
  // A line that begins with a dot would be a macro.
  return printed.replace(/^\./, '\\&.');
}

const codePoint = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** Returns a sentence for a manual page: what stands in backticks is bold. */
export function roffSentence(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, at) => (at % 2 === 1 ? roffBold(part) : roffText(part)))
    .join('');
}

/** Returns text in bold. */
export function roffBold(text: string): string {
  return `\\fB${roffText(text)}\\fR`;
}
