/**
 * Returns one JSON document for stdout. Characters that steer a terminal, and the marker of GitHub Actions commands,
 * are escaped, so that values from outside reach a log only as data.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function jsonDocument(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`;
}

/** Returns one JSON document on one line, for a stream of documents. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** Escapes the control characters that `JSON.stringify` leaves, changes of text direction, and `##[`. */
function escaped(json: string): string {
  return json
    .replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => unicodeEscape(character.charCodeAt(0)))
    .replaceAll('##[', `#${unicodeEscape('#'.charCodeAt(0))}[`);
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
