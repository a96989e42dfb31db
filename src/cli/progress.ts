import type { Ora } from 'ora';
import type { InstallEvent, Report } from '../install/types.ts';
import { describeEvent, describeStep } from './messages.ts';
import type { Terminal } from './terminal.ts';

/** The progress display of one command. */
export type Progress = { readonly report: Report; readonly stop: () => void };

/** Opens the progress display: a spinner on a terminal, one plain line per change elsewhere, or nothing. */
export async function openProgress(mode: 'auto' | 'plain' | 'off', terminal: Terminal): Promise<Progress> {
  if (mode === 'off') return { report: () => {}, stop: () => {} };
  if (mode === 'plain' || !terminal.interactive) return plainProgress(terminal);
  return spinnerProgress(terminal);
}

/** Prints one line per change, and never the same line twice in a row. */
export function plainProgress({ stderr }: Terminal): Progress {
  let last = '';
  return {
    report: (event) => {
      const line = describeEvent(event);
      if (line === undefined || line === last) return;
      last = line;
      stderr.write(`awspip: ${line}\n`);
    },
    stop: () => {},
  };
}

/** Shows a spinner with the step and the seconds. It disappears before pip or awspip prints a line. */
function spinnerProgress(terminal: Terminal): Progress {
  let spinner: Ora | undefined;
  let loading = false;
  /** The text to show; undefined while nothing is under way. */
  let text: string | undefined;
  const draw = () => {
    if (spinner === undefined || text === undefined) return;
    spinner.text = text;
    if (!spinner.isSpinning) spinner.start();
  };
  const stop = () => {
    text = undefined;
    if (spinner?.isSpinning) spinner.stop();
  };
  return {
    report: (event) => {
      if (event.code !== 'vetting-progress') {
        stop();
        writeEvent(event, terminal);
        return;
      }
      text = `${describeStep(event.record, event.waitsFor)} ${terminal.style.dim(`${Math.floor(event.seconds)} s`)}`;
      draw();
      if (loading) return;
      loading = true;
      void loadSpinner().then((loaded) => {
        spinner = loaded;
        draw();
      });
    },
    stop,
  };
}

async function loadSpinner(): Promise<Ora> {
  const { default: ora } = await import('ora'); // Loaded lazily, because most runs never wait.
  // `discardStdin` would swallow terminal input that is meant for the next pip. The default colour, cyan, is not
  // readable on a light background.
  return ora({ stream: process.stderr, discardStdin: false, color: false, prefixText: 'awspip' });
}

/** Prints an event as a line that stays. The spinner makes the line about a second pip run unnecessary. */
function writeEvent(event: InstallEvent, { stderr, style }: Terminal): void {
  const line = describeEvent(event);
  if (line === undefined || event.code === 'pip-again') return;
  const mark = event.code === 'vetting-ends' ? style.green('✔') : '•';
  stderr.write(`${mark} awspip: ${line}\n`);
}
