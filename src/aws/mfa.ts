import readline from 'node:readline';
import { Writable } from 'node:stream';
import { AwspipError } from '../errors.ts';

/** The terminal on which the user is asked. */
type Prompt = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
};

/**
 * Asks for the code of an MFA device on the terminal, without echo.
 *
 * @throws {AwspipError} `mfa-needed` (77) if there is no terminal or no code is entered, `interrupted` (130).
 */
export async function askMfaCode(
  serial: string,
  profile: string | undefined,
  { input, output }: Prompt,
): Promise<string> {
  if (input.isTTY !== true || output.isTTY !== true) throw mfaNeeded(serial, profile);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = readline.createInterface({ input, output: silent, terminal: true });
  // The interface switches echo off, so the question must come after it.
  output.write(`Enter MFA code for ${serial}: `);
  try {
    const code = await new Promise<string>((resolve, reject) => {
      line.once('line', (text) => resolve(text.trim()));
      line.once('SIGINT', () => reject(interrupted()));
      line.once('close', () => resolve(''));
    });
    if (code === '') throw mfaNeeded(serial, profile);
    return code;
  } finally {
    line.close();
    output.write('\n');
  }
}

function mfaNeeded(serial: string, profile: string | undefined): AwspipError {
  const flag = profile === undefined ? '' : ` --profile ${profile}`;
  return new AwspipError('mfa-needed', `the AWS profile needs a code of the MFA device \`${serial}\``, {
    exit: 'denied',
    hint: `run \`aws sts get-caller-identity${flag}\` in a terminal: awspip uses the same session`,
  });
}

function interrupted(): AwspipError {
  return new AwspipError('interrupted', 'interrupted while asking for the MFA code', { exit: 'interrupted' });
}
