import type { Ora } from 'ora';
import type { InstallEvent, Report } from '../install/types.ts';
import { describeEvent, describeStep } from './messages.ts';
import type { Terminal } from './terminal.ts';

export type Progress = { readonly report: Report; readonly stop: () => void };

/** Picks how waiting is shown: a spinner on a terminal, one plain line per change elsewhere, or nothing. */
export async function openProgress(mode: 'auto' | 'plain' | 'off', terminal: Terminal): Promise<Progress> {
  if (mode === 'off') return { report: () => {}, stop: () => {} };
  if (mode === 'plain' || !terminal.interactive) return plainProgress(terminal);
  return spinnerProgress(terminal);
}

/** One line per change; the same line is never said twice in a row. */
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

/** A spinner with the step and the seconds; it is gone before pip, or a line of ours, is written. */
function spinnerProgress(terminal: Terminal): Progress {
  let spinner: Ora | undefined;
  let loading = false;
  /** What to show; undefined while nobody waits. */
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
        say(event, terminal);
        return;
      }
      text = `${describeStep(event.record)} ${terminal.style.dim(`${Math.floor(event.seconds)} s`)}`;
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
  const { default: ora } = await import('ora'); // lazy: most runs never wait
  // discardStdin would take the terminal's input from the pip that runs next.
  return ora({ stream: process.stderr, discardStdin: false, prefixText: 'awspip' });
}

function say(event: InstallEvent, { stderr, style }: Terminal): void {
  const line = describeEvent(event);
  if (line === undefined || event.code === 'pip-again') return;
  const mark = event.code === 'vetting-ends' ? style.green('✔') : style.cyan('•');
  stderr.write(`${mark} awspip: ${line}\n`);
}
