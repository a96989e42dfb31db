import { Tokenizer } from 'htmlparser2';
import { openSlices } from '../slices.ts';

/** Receives the tags of an HTML text, in order. Names are in lower case. */
export type TagHandler = {
  /** The names of the tags whose attributes are read. */
  readonly withAttributes: ReadonlySet<string>;
  readonly onOpen: (tag: string, attributes: Readonly<Record<string, string>>) => void;
  readonly onText: (text: string) => void;
  readonly onClose: (tag: string) => void;
};

/** Elements without an end tag, and those whose end tag is optional or often left out. They do not count as nested. */
const withoutEndTag = new Set([
  ...['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'],
  ...['a', 'p', 'li', 'dt', 'dd', 'option', 'tr', 'td', 'th', 'tbody', 'thead', 'tfoot', 'html', 'head', 'body'],
]);
/** Pages of indexes have less than ten levels. */
const maxDepth = 10_000;
const sliceLength = 65_536;

/** Thrown for a page that nests more elements than any page of an index. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/**
 * Reads the tags of an HTML text in linear time. Like pip, it keeps no tree of the elements. Other
 * work of the process runs between the slices of a large text.
 *
 * @throws {TooDeep} when more than 10,000 elements are open.
 */
export async function readTags(text: string, handler: TagHandler): Promise<void> {
  const tokenizer = new Tokenizer({ decodeEntities: true }, callbacks(text, handler));
  const slices = openSlices();
  for (let start = 0; start < text.length; start += sliceLength) {
    tokenizer.write(text.slice(start, start + sliceLength));
    await slices.next();
  }
  tokenizer.end();
}

const nothing = (): void => undefined;

/** Returns the callbacks of the tokenizer, whose positions count from the start of the text. */
function callbacks(
  text: string,
  { withAttributes, onOpen, onText, onClose }: TagHandler,
): ConstructorParameters<typeof Tokenizer>[1] {
  let depth = 0;
  let tag = '';
  let attributes: Record<string, string> | undefined;
  let [name, value] = ['', ''];
  const open = (): void => {
    if (!withoutEndTag.has(tag)) depth += 1;
    if (depth > maxDepth) throw new TooDeep(`it nests more than ${maxDepth} elements`);
    onOpen(tag, attributes ?? {});
  };
  return {
    onopentagname(start, end) {
      tag = text.slice(start, end).toLowerCase();
      attributes = withAttributes.has(tag) ? {} : undefined;
    },
    onattribname(start, end) {
      if (attributes !== undefined) [name, value] = [text.slice(start, end).toLowerCase(), ''];
    },
    onattribdata(start, end) {
      if (attributes !== undefined) value += text.slice(start, end);
    },
    onattribentity(codePoint) {
      if (attributes !== undefined) value += String.fromCodePoint(codePoint);
    },
    onattribend() {
      if (attributes !== undefined && !Object.hasOwn(attributes, name)) attributes[name] = value;
    },
    onopentagend: open,
    onselfclosingtag: open,
    onclosetag(start, end) {
      const closed = text.slice(start, end).toLowerCase();
      if (!withoutEndTag.has(closed)) depth = Math.max(0, depth - 1);
      onClose(closed);
    },
    ontext: (start, end) => onText(text.slice(start, end)),
    ontextentity: (codePoint) => onText(String.fromCodePoint(codePoint)),
    oncdata: nothing,
    oncomment: nothing,
    ondeclaration: nothing,
    onprocessinginstruction: nothing,
    onend: nothing,
  };
}
