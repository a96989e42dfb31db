import { stripVTControlCharacters } from 'node:util';
import { printable } from '../printable.ts';

/** What the logs of pips say about a failure. */
export type PipLogText = {
  /** The lines of errors, as on pip's stderr. */
  readonly errors: string;
  /** The output of the last build that failed. With a log file, pip shows it only there. */
  readonly buildOutput: string;
};

const maxBuildLines = 500;
/** pip's log begins each line with the time: `2026-11-27T09:09:59,831 `. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3} ?/;
const buildStart = /^\s*Running command /;
/** The first since pip 22.1. */
const buildFailure = /^\s*ERROR: (?:.* exited with -?\d+$|Command errored out with exit status )/;

/** Reads the text of a log that one or several pips have written (`pip --log`). */
export function parsePipLog(text: string): PipLogText {
  const lines = stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.replace(timestamp, ''));
  const errors = lines.filter((line) => /^\s*ERROR: /.test(line)).map((line) => `${line}\n`);
  const failure = lines.findLastIndex((line) => buildFailure.test(line));
  const start = lines.slice(0, Math.max(failure, 0)).findLastIndex((line) => buildStart.test(line));
  const build = start < 0 ? [] : lines.slice(start + 1, failure).slice(-maxBuildLines);
  return { errors: errors.join(''), buildOutput: build.map((line) => `${printable(line)}\n`).join('') };
}
