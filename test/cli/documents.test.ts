import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDocuments } from '../helpers/documents.ts';
import { openReaders, type Readers } from '../helpers/readers.ts';
import { outputsOf, runnableBlocks, scriptOf } from '../helpers/runnable-blocks.ts';
import { pictured, readShownTranscripts } from '../helpers/shown-transcripts.ts';
import { withColours } from '../helpers/terminal-picture.ts';
import { difference } from '../helpers/transcript.ts';

let readers: Readers;
beforeAll(async () => {
  readers = await openReaders();
});
afterAll(() => readers.close());

const documents = readDocuments().filter(({ text }) => runnableBlocks(text).length > 0);
const transcripts = readShownTranscripts();

test.each(documents)('the blocks of $file run, and print what its transcripts show', async ({ file, text }) => {
  const { exitCode, stdout, stderr } = await readers.run(scriptOf(text));
  const outputs = outputsOf(stdout);
  const [line, output] = [...outputs].at(-1) ?? [0, ''];
  expect(exitCode, `${file}:${line} failed\n${output}${stderr}`).toBe(0);
  for (const block of runnableBlocks(text)) {
    const shown = transcripts.find(({ commands }) => commands === block.lines.join('\n'));
    if (shown === undefined) continue;
    const printed = outputs.get(block.line) ?? '';
    const plain = stripVTControlCharacters(printed);
    expect(difference(shown.expected, plain), `${file}:${block.line} ${shown.name}`).toBeUndefined();
    if (pictured.includes(shown.name)) expect(printed).toBe(plain.split('\n').map(withColours).join('\n'));
  }
});
