import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './documents.ts';
import { terminalPicture } from './terminal-picture.ts';
import { readTranscript } from './transcript.ts';

/** A transcript that documents show. `docs/getting-started.md` has its commands as a block that a test runs. */
export type ShownTranscript = {
  readonly name: string;
  readonly text: string;
  /** The commands, one a line. */
  readonly commands: string;
  /** What all its commands print. */
  readonly expected: readonly string[];
};

const folder = path.join(root, 'test/fixtures/transcripts/getting-started');

/** Returns the transcripts that documents show. */
export function readShownTranscripts(): readonly ShownTranscript[] {
  return readdirSync(folder).map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const read = readTranscript(text);
    return {
      ...{ text, name: path.basename(file, '.txt') },
      commands: read.map(({ command }) => command).join('\n'),
      expected: read.flatMap(({ expected }) => expected),
    };
  });
}

/** The picture of a terminal that `npm run docs` writes. */
export const pictureFile = path.join(root, 'docs/images/terminal.svg');

/** The transcripts in that picture. */
export const pictured: readonly string[] = ['vetted', 'blocked'];

/** Returns that picture. */
export function readmePicture(): string {
  const shown = readShownTranscripts();
  return terminalPicture(pictured.flatMap((name) => shown.find((each) => each.name === name)?.text ?? []));
}
