import { oneLine } from '../../printable.ts';

/** Characters that are invisible or change the direction of the text around them. */
const hidden = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns text from an index or a record on one line, with hidden characters as `\u{…}`, cut to `max` characters. */
export function shownText(text: string, max = 200): string {
  // The evidence of another version of awspip may lack a text.
  const line = oneLine(typeof text === 'string' ? text : 'unknown').replace(
    hidden,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  const characters = [...line];
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line;
}
