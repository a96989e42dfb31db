import { Chalk } from 'chalk';
import { plainStyle, type Style, type Terminal } from '../../src/cli/terminal.ts';

/** The styles that main.ts passes for a terminal with colour. */
export function colourStyle(): Style {
  const { bold, dim, red, green, magenta } = new Chalk({ level: 1 });
  return { bold, dim, red, green, magenta };
}

/** Returns a terminal of 80 columns that records what is written. */
export function recordingTerminal(style: Style = plainStyle) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const terminal: Terminal = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    interactive: false,
    columns: 80,
    style,
    stdoutStyle: style,
  };
  return { terminal, written };
}

/** A setting or a name that tries to steer the terminal and the build server. */
export const hostileText = '\u001b]0;X\u0007\n::add-path::/x\u009b2J ##[add-mask]e';

/** What a terminal or a build server would read as a command. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
export const steeringCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|^\s*::|##\[/m;
