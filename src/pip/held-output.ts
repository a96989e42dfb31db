/**
 * Holds back pip's messages about missing requirements, because vetting may add them. Such a line is pip's final
 * message, so everything after it is held too. All other output passes immediately and unchanged, even unfinished
 * lines.
 */
export type HeldOutput = {
  /** Returns the output that may be printed now. */
  readonly push: (bytes: Uint8Array) => Uint8Array;
  /** Returns the remaining output and the held text. Call it once. */
  readonly end: () => { readonly pass: Uint8Array; readonly held: string };
};

/** More output than this is not a final message, so everything passes. */
const maxHeldLines = 256 * 1024;
/** Maximum length of an undecided line: pip's messages begin within the first few columns. */
const maxBeginningLength = 256;

const lastWords = [
  'ERROR: Could not find a version that satisfies',
  'ERROR: Could not find a final version that satisfies',
  'ERROR: No matching distribution found for',
  'ERROR: Ignored the following versions that require a different python version',
  'ERROR: Ignored the following yanked versions',
  'ERROR: Cannot install ',
  'ERROR: ResolutionImpossible',
];
/**
 * The message about a file that a lock file pins and the relay does not find. pip indents it below the collected
 * project.
 */
const absentFile = 'ERROR: HTTP error 404 while getting http://';
/**
 * The first line of pip's block about a failed child process. It is held only if the child installs build requirements.
 */
const blockOpening = 'error: subprocess-exited-with-error';
const buildRequirements = /^. (?:pip subprocess to install|installing [a-z ]{0,40}dependencies)/u;

/** pip 22.2 and 22.3 print this warning even for awspip's own report. */
const ofOurReport = 'WARNING: --report is currently an experimental option.';

type Judgement = 'pass' | 'hold' | 'block' | 'drop' | 'undecided';

/** Opens the filter at the start of a line, with nothing held. `ownReport`: pip writes a report for awspip. */
export function openHeldOutput({ ownReport = false }: { readonly ownReport?: boolean } = {}): HeldOutput {
  let state: 'line-start' | 'mid-line' | 'dropping' | 'block' | 'holding' | 'released' = 'line-start';
  let waiting: Buffer[] = [];
  let waitingLength = 0;

  function release(next: typeof state): Buffer {
    state = next;
    return takeWaiting();
  }

  /** Processes a part of the bytes. Returns the output that passes and the rest. */
  function step(bytes: Buffer): [pass: Buffer, rest: Buffer] {
    if (state === 'released') return [bytes, nothing];
    if (state === 'mid-line' || state === 'dropping') {
      const dropping = state === 'dropping';
      const end = bytes.indexOf('\n') + 1 || bytes.length;
      if (bytes[end - 1] === newline) state = 'line-start';
      return [dropping ? nothing : bytes.subarray(0, end), bytes.subarray(end)];
    }
    waiting.push(bytes);
    waitingLength += bytes.length;
    if (state === 'holding') return [waitingLength > maxHeldLines ? release('released') : nothing, nothing];
    waiting = [joined(waiting)];
    const judgement = state === 'block' ? judgeBlock(joined(waiting)) : judgeLine(joined(waiting), ownReport);
    if (judgement === 'pass') return [nothing, release('mid-line')];
    if (judgement === 'drop') return [nothing, release('dropping')];
    if (judgement === 'hold') state = 'holding';
    if (judgement === 'block') state = 'block';
    // The next lines of the block may be in the same bytes.
    return judgement === 'block' ? [nothing, takeWaiting()] : [nothing, nothing];
  }

  function takeWaiting(): Buffer {
    const bytes = joined(waiting);
    waiting = [];
    waitingLength = 0;
    return bytes;
  }

  return {
    push(bytes) {
      const passed: Buffer[] = [];
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      while (rest.length > 0) {
        const [pass, next] = step(rest);
        if (pass.length > 0) passed.push(pass);
        rest = next;
      }
      return joined(passed);
    },
    end() {
      const holding = state === 'holding';
      const bytes = release('released');
      return holding ? { pass: nothing, held: bytes.toString('utf8') } : { pass: bytes, held: '' };
    },
  };
}

const nothing = Buffer.alloc(0);
const newline = 0x0a;
const joined = (parts: readonly Buffer[]): Buffer => (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));

/** Classifies a line by its beginning. */
function judgeLine(bytes: Buffer, ownReport: boolean): Judgement {
  const text = visible(bytes.subarray(0, maxBeginningLength).toString('latin1'));
  const line = text.trimStart();
  if (fits(line, blockOpening)) return 'block';
  const indented = line.length !== text.length;
  if (ownReport && fits(text, ofOurReport)) return 'drop';
  if (fits(line, absentFile) || (!indented && lastWords.some((words) => fits(line, words)))) return 'hold';
  const finished = text.includes('\n') || bytes.length >= maxBeginningLength;
  if (finished) return 'pass';
  const anywhere = [blockOpening, absentFile];
  const possible = indented ? anywhere : [...lastWords, ...anywhere, ...(ownReport ? [ofOurReport] : [])];
  return possible.some((words) => words.startsWith(line)) ? 'undecided' : 'pass';
}

/** Classifies a block. Its first non-empty line after the opening names the failed step. */
function judgeBlock(bytes: Buffer): Judgement {
  const text = visible(bytes.subarray(0, 16 * maxBeginningLength).toString('utf8'));
  const lines = text.split('\n');
  const said = lines.slice(1, -1).find((line) => line.trim() !== '');
  if (said === undefined) return lines.length > 8 || bytes.length >= 16 * maxBeginningLength ? 'pass' : 'undecided';
  return buildRequirements.test(said.trimStart()) ? 'hold' : 'pass';
}

const fits = (line: string, words: string) => line.startsWith(words);

/** Removes colour codes, including an incomplete one at the end. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC starts a colour code
  return text.replace(/\x1b\[[0-9;]{0,20}m|\x1b(?:\[[0-9;]{0,20})?$/g, '');
}
