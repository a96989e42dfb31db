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
const maxHeldBytes = 256 * 1024;
/** Maximum length of an undecided line: pip's messages begin within the first few columns. */
const maxBeginningLength = 256;

const finalMessages = [
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
const missingFile = 'ERROR: HTTP error 404 while getting http://';
/**
 * The first line of pip's block about a failed child process. It is held only if the child installs build requirements.
 */
const blockOpening = 'error: subprocess-exited-with-error';
const buildRequirements = /^. (?:pip subprocess to install|installing [a-z ]{0,40}dependencies)/u;

/** pip 22.2 and 22.3 print this warning even for awspip's own report. */
const reportWarning = 'WARNING: --report is currently an experimental option.';

type Classification = 'pass' | 'hold' | 'block' | 'drop' | 'undecided';

/** Opens the filter at the start of a line, with nothing held. `ownReport`: pip writes a report for awspip. */
export function openHeldOutput({ ownReport = false }: { readonly ownReport?: boolean } = {}): HeldOutput {
  let state: 'line-start' | 'mid-line' | 'dropping' | 'block' | 'holding' | 'released' = 'line-start';
  let pending: Buffer[] = [];
  let pendingLength = 0;

  function release(next: typeof state): Buffer {
    state = next;
    return takePending();
  }

  /** Processes a part of the bytes. Returns the output that passes and the rest. */
  function processBytes(bytes: Buffer): [pass: Buffer, rest: Buffer] {
    if (state === 'released') return [bytes, emptyBuffer];
    if (state === 'mid-line' || state === 'dropping') {
      const dropping = state === 'dropping';
      const end = bytes.indexOf('\n') + 1 || bytes.length;
      if (bytes[end - 1] === newline) state = 'line-start';
      return [dropping ? emptyBuffer : bytes.subarray(0, end), bytes.subarray(end)];
    }
    pending.push(bytes);
    pendingLength += bytes.length;
    if (state === 'holding') return [pendingLength > maxHeldBytes ? release('released') : emptyBuffer, emptyBuffer];
    pending = [concatenate(pending)];
    const classification =
      state === 'block' ? classifyBlock(concatenate(pending)) : classifyLine(concatenate(pending), ownReport);
    if (classification === 'pass') return [emptyBuffer, release('mid-line')];
    if (classification === 'drop') return [emptyBuffer, release('dropping')];
    if (classification === 'hold') state = 'holding';
    if (classification === 'block') state = 'block';
    // The next lines of the block may be in the same bytes.
    return classification === 'block' ? [emptyBuffer, takePending()] : [emptyBuffer, emptyBuffer];
  }

  function takePending(): Buffer {
    const bytes = concatenate(pending);
    pending = [];
    pendingLength = 0;
    return bytes;
  }

  return {
    push(bytes) {
      const output: Buffer[] = [];
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      while (rest.length > 0) {
        const [pass, next] = processBytes(rest);
        if (pass.length > 0) output.push(pass);
        rest = next;
      }
      return concatenate(output);
    },
    end() {
      const holding = state === 'holding';
      const bytes = release('released');
      return holding ? { pass: emptyBuffer, held: bytes.toString('utf8') } : { pass: bytes, held: '' };
    },
  };
}

const emptyBuffer = Buffer.alloc(0);
const newline = 0x0a;
const concatenate = (parts: readonly Buffer[]): Buffer =>
  parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);

/** Classifies a line by its beginning. */
function classifyLine(bytes: Buffer, ownReport: boolean): Classification {
  const text = withoutColours(bytes.subarray(0, maxBeginningLength).toString('latin1'));
  const line = text.trimStart();
  if (startsWith(line, blockOpening)) return 'block';
  const indented = line.length !== text.length;
  if (ownReport && startsWith(text, reportWarning)) return 'drop';
  if (startsWith(line, missingFile) || (!indented && finalMessages.some((message) => startsWith(line, message))))
    return 'hold';
  const finished = text.includes('\n') || bytes.length >= maxBeginningLength;
  if (finished) return 'pass';
  const indentedMessages = [blockOpening, missingFile];
  const candidates = indented
    ? indentedMessages
    : [...finalMessages, ...indentedMessages, ...(ownReport ? [reportWarning] : [])];
  return candidates.some((message) => message.startsWith(line)) ? 'undecided' : 'pass';
}

/** Classifies a block. Its first non-empty line after the opening names the failed step. */
function classifyBlock(bytes: Buffer): Classification {
  const text = withoutColours(bytes.subarray(0, 16 * maxBeginningLength).toString('utf8'));
  const lines = text.split('\n');
  const reason = lines.slice(1, -1).find((line) => line.trim() !== '');
  if (reason === undefined) return lines.length > 8 || bytes.length >= 16 * maxBeginningLength ? 'pass' : 'undecided';
  return buildRequirements.test(reason.trimStart()) ? 'hold' : 'pass';
}

const startsWith = (line: string, message: string) => line.startsWith(message);

/** Removes colour codes, including an incomplete one at the end. */
function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC starts a colour code
  return text.replace(/\x1b\[[0-9;]{0,20}m|\x1b(?:\[[0-9;]{0,20})?$/g, '');
}
