import { shownTranscript } from './transcript.ts';

type Style = 'bold' | 'red' | 'magenta' | 'green';
type Part = { readonly text: string; readonly style?: Style };

/** Escape codes that begin and end each style, as awspip writes them. */
const codes: Readonly<Record<Style, readonly [begin: number, end: number]>> = {
  bold: [1, 22],
  red: [31, 39],
  magenta: [35, 39],
  green: [32, 39],
};

/** How awspip colours a refusal and a hint. `test/cli/documents.test.ts` compares it with the colours of the command. */
const coloured: readonly (readonly [line: RegExp, styles: readonly (Style | undefined)[]])[] = [
  [
    /^(awspip:)( )(\S+ \S+)( )(is on hold(?:, within cooldown)?)(.*)$/,
    ['red', undefined, 'bold', undefined, 'magenta'],
  ],
  [/^(awspip:)( )(\S+ \S+)( )(is blocked|was denied)(.*)$/, ['red', undefined, 'bold', undefined, 'red']],
  [/^(hint:)(.*)$/, ['bold']],
];

/** Returns the parts of a line without colour, each with the style that awspip gives it in a terminal. */
function partsOf(line: string): readonly Part[] {
  for (const [pattern, styles] of coloured) {
    const found = pattern.exec(line)?.slice(1);
    if (found === undefined) continue;
    return found.map((text, at) => (styles[at] === undefined ? { text } : { text, style: styles[at] }));
  }
  return [{ text: line }];
}

/** Returns a line without colour as awspip writes it with colour. */
export function withColours(line: string): string {
  return partsOf(line)
    .map(({ text, style }) =>
      style === undefined ? text : `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`,
    )
    .join('');
}

const [fontSize, columnWidth, lineHeight, margin] = [14, 8.4, 20, 20];

/** Returns an SVG picture of a terminal with these transcripts. It has its own background, for light and dark pages. */
export function terminalPicture(transcripts: readonly string[]): string {
  const lines = transcripts.map(shownTranscript).join('\n\n').split('\n');
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * columnWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title text">`,
    '  <title id="title">awspip in a terminal</title>',
    `  <desc id="text">${escaped(lines.join('\n'))}</desc>`,
    '  <style>',
    `    text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #e6edf3; white-space: pre; }`,
    '    .bold { font-weight: bold; } .red { fill: #ff7b72; } .magenta { fill: #e2a6ff; } .green { fill: #7ee787; } .prompt { fill: #9198a1; }',
    '  </style>',
    `  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#57606a"/>`,
    ...lines.flatMap((line, at) => (line === '' ? [] : [textLine(line, margin + (at + 0.75) * lineHeight)])),
    '</svg>',
    '',
  ].join('\n');
}

/** Returns a line of the picture. Its length is set, because the monospace fonts of systems differ in width. */
function textLine(line: string, y: number): string {
  const parts = line.startsWith('$ ')
    ? [
        { text: '$', style: 'prompt' },
        { text: line.slice(1), style: 'bold' },
      ]
    : partsOf(line);
  const spans = parts.map(({ text, style }) =>
    style === undefined ? escaped(text) : `<tspan class="${style}">${escaped(text)}</tspan>`,
  );
  const length = Number((line.length * columnWidth).toFixed(1));
  return `  <text x="${margin}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${spans.join('')}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
