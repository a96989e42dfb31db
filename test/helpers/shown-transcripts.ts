import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './documents.ts';
import { terminalPicture } from './terminal-picture.ts';
import { readTranscript } from './transcript.ts';

/** A transcript that documents show. `docs/getting-started.md` has its commands as a block that a test runs. */
export type ShownTranscript = {
  readonly folder: 'readme' | 'getting-started';
  readonly name: string;
  readonly text: string;
  /** The commands, one a line. */
  readonly commands: string;
  /** What all its commands print. */
  readonly expected: readonly string[];
};

/** Returns the transcripts that documents show. README.md has only those of the folder `readme`. */
export function readShownTranscripts(): readonly ShownTranscript[] {
  return (['readme', 'getting-started'] as const).flatMap((folder) => {
    const files = path.join(root, 'test/fixtures/transcripts', folder);
    return readdirSync(files).map((file) => {
      const text = readFileSync(path.join(files, file), 'utf8');
      const read = readTranscript(text);
      return {
        ...{ folder, text, name: path.basename(file, '.txt') },
        commands: read.map(({ command }) => command).join('\n'),
        expected: read.flatMap(({ expected }) => expected),
      };
    });
  });
}

/** The picture of a terminal that `npm run docs` writes. */
export const pictureFile = path.join(root, 'docs/images/terminal.svg');

/** Returns that picture, made from two transcripts. */
export function readmePicture(): string {
  const shown = readShownTranscripts();
  return terminalPicture(['vetted', 'blocked'].flatMap((name) => shown.find((each) => each.name === name)?.text ?? []));
}
