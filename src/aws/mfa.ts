import readline from 'node:readline';
import { Writable } from 'node:stream';
import { AwspipError } from '../errors.ts';

/** Where a person can be asked. */
export type Prompt = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
};

/**
 * Asks for the code of an MFA device on the terminal, without showing what is typed.
 *
 * @throws {AwspipError} `mfa-needed` (denied) where there is no terminal or no code is given, `interrupted` (130).
 */
export async function askMfaCode(
  serial: string,
  profile: string | undefined,
  { input, output }: Prompt,
): Promise<string> {
  if (input.isTTY !== true || output.isTTY !== true) throw needed(serial, profile);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = readline.createInterface({ input, output: silent, terminal: true });
  output.write(`Enter MFA code for ${serial}: `); // only now is nothing echoed that is typed
  try {
    const code = await new Promise<string>((resolve, reject) => {
      line.once('line', (text) => resolve(text.trim()));
      line.once('SIGINT', () => reject(interrupted()));
      line.once('close', () => resolve(''));
    });
    if (code === '') throw needed(serial, profile);
    return code;
  } finally {
    line.close();
    output.write('\n');
  }
}

function needed(serial: string, profile: string | undefined): AwspipError {
  const which = profile === undefined ? '' : ` --profile ${profile}`;
  return new AwspipError(
    'mfa-needed',
    `the AWS profile needs a code of the MFA device ${serial}, and nobody gave one`,
    {
      exit: 'denied',
      hint: `run \`aws sts get-caller-identity${which}\` on a terminal: its session is shared with awspip`,
    },
  );
}

function interrupted(): AwspipError {
  return new AwspipError('interrupted', 'interrupted while asking for the MFA code', { exit: 'interrupted' });
}
