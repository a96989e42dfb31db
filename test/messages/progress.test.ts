import { expect, test } from 'vitest';
import { openProgress, plainProgress } from '../../src/cli/progress.ts';
import type { InstallEvent } from '../../src/install/types.ts';
import { recordOf } from '../vetting/examples.ts';
import { refused } from './endings.ts';
import { colourStyle, hostileText, recordingTerminal, steeringCharacters } from './recording-terminal.ts';

const begins = (...missing: string[]): InstallEvent => ({ code: 'vetting-begins', missing, round: 1, wider: false });
const progress = (secure: number): InstallEvent => ({
  code: 'vetting-progress',
  record: recordOf({ step: 'ingest', counts: { releases: 3, secure } }),
  seconds: 1,
});
const ends: InstallEvent = {
  code: 'vetting-ends',
  answer: { kind: 'secure', record: recordOf({ counts: { releases: 3, secure: 3 } }), joined: false },
  vetted: 3,
  seconds: 26.74,
};
const refusal = refused([]);
const endsWithRefusal: InstallEvent = {
  code: 'vetting-ends',
  answer: (refusal as Extract<typeof refusal, { kind: 'vetting' }>).answer,
  vetted: 0,
  seconds: 1,
};

test('plain progress prints one line for each change', () => {
  const { terminal, written } = recordingTerminal();
  const { report } = plainProgress(terminal);
  for (const event of [begins('rich'), progress(1), progress(1), progress(2), ends]) report(event);
  report({ code: 'pip-again', round: 1 });
  expect(written).toEqual({
    stdout: '',
    stderr: [
      'awspip: rich is not vetted yet; requesting it',
      'awspip: fetching files, 1 of 3 packages vetted',
      'awspip: fetching files, 2 of 3 packages vetted',
      'awspip: vetted 3 packages in 26.7 s',
      'awspip: rerunning pip',
      '',
    ].join('\n'),
  });
});

test('progress says how many other vettings run first', () => {
  const { terminal, written } = recordingTerminal();
  const { report } = plainProgress(terminal);
  const waiting = (waitsFor: number): InstallEvent => ({
    code: 'vetting-progress',
    record: undefined,
    waitsFor,
    seconds: 1,
  });
  for (const event of [waiting(12), waiting(12), waiting(1), waiting(0)]) report(event);
  expect(written.stderr).toBe(
    'awspip: waiting for 12 others\nawspip: waiting for 1 other\nawspip: starting the workflow\n',
  );
});

test('many missing packages are counted, and a refusal prints no line of its own', () => {
  const { terminal, written } = recordingTerminal();
  const { report } = plainProgress(terminal);
  report(begins('a', 'b', 'c', 'd', 'e', 'f', 'g'));
  report(endsWithRefusal);
  expect(written.stderr).toBe('awspip: a, b, c, d, e and 2 more are not vetted yet; requesting them\n');
});

test('progress that is off prints nothing', async () => {
  const { terminal, written } = recordingTerminal();
  const { report, stop } = await openProgress('off', { ...terminal, interactive: true });
  for (const event of [begins('rich'), ends]) report(event);
  stop();
  expect(written.stderr).toBe('');
});

test('on a terminal the lines have no colour that is hard to read on a light background', async () => {
  const { terminal, written } = recordingTerminal(colourStyle());
  const { report, stop } = await openProgress('auto', { ...terminal, interactive: true });
  for (const event of [begins('rich'), ends]) report(event);
  stop();
  expect(written.stderr).toContain('\u001b[32m✔');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  expect(written.stderr).not.toMatch(/\u001b\[(?:[39][36])m/);
});

test('a requirement does not steer the terminal or the build server', () => {
  const { terminal, written } = recordingTerminal();
  plainProgress(terminal).report(begins(hostileText));
  expect(written.stderr).toContain('add-path');
  expect(written.stderr).not.toMatch(steeringCharacters);
});
