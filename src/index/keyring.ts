import { execFile } from 'node:child_process';
import { pythonCommand } from '../python-command.ts';
import type { Credentials } from './netrc.ts';
import type { KeyringPrograms } from './types.ts';

/** Asks the keyring for the credentials of a service, with or without a user. */
export type Keyring = (service: string, username: string | undefined) => Promise<Credentials | undefined>;

/** A keyring may ask its user to unlock it. */
const maxMilliseconds = 60_000;
const maxBytes = 1024 * 1024;
/** The exit code of the script below when the interpreter has no keyring. */
const absentCode = 71;

/** Does what pip's `--keyring-provider import` does. */
const script = `
import json, sys
try:
    import keyring
except Exception:
    sys.exit(${absentCode})
service, username = sys.argv[1], sys.argv[2] or None
if hasattr(keyring, "get_credential"):
    found = keyring.get_credential(service, username)
    credentials = found and [found.username, found.password]
else:
    password = username and keyring.get_password(service, username)
    credentials = password and [username, password]
print(json.dumps(credentials or None))
`;

type Ended = { readonly code: number | undefined; readonly stdout: string };

/** Runs a program that gets no secret, and returns one on its standard output only. */
function run(program: string, argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
  const options = {
    ...(env !== undefined && { env }),
    timeout: maxMilliseconds,
    maxBuffer: maxBytes,
    windowsHide: true,
  };
  return new Promise((resolve) => {
    const child = execFile(program, argv, options, (error, stdout) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout });
    });
    child.stdin?.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toCredentials(username: unknown, password: unknown): Credentials | undefined {
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
}

/** Asks the `keyring` module of an interpreter; `absent` if it has none. */
async function askModule(
  python: string,
  service: string,
  username: string | undefined,
): Promise<Credentials | 'absent' | undefined> {
  const { command, environment } = pythonCommand(python, script, [service, username ?? '']);
  const [program, ...processArguments] = command;
  const { code, stdout } = await run(program, processArguments, environment);
  if (code === absentCode || code === undefined) return 'absent';
  const found = code === 0 ? parse(stdout) : undefined;
  return Array.isArray(found) ? toCredentials(found[0], found[1]) : undefined;
}

/**
 * Asks the program `keyring`. Versions of pip before 26 ask for the password of a known user, and later ones for user and
 * password.
 */
async function askProgram(
  command: string,
  service: string,
  username: string | undefined,
): Promise<Credentials | undefined> {
  if (username !== undefined) {
    const { code, stdout } = await run(command, ['get', service, username]);
    const password = stdout.replace(/\r?\n$/, '');
    if (code === 0 && password !== '') return { username, password };
  }
  const user = username === undefined ? [] : [username];
  const { code, stdout } = await run(command, ['--mode=creds', '--output=json', 'get', service, ...user]);
  const found = code === 0 ? parse(stdout) : undefined;
  if (typeof found !== 'object' || found === null) return undefined;
  const answer = found as Readonly<Record<string, unknown>>;
  return toCredentials(answer.username, answer.password);
}

/** Returns the keyring that pip would use: the module of its interpreter, or else the program `keyring`. */
export function openKeyring({ python, command }: KeyringPrograms): Keyring {
  return async (service, username) => {
    // A service that begins with a dash would be an option.
    if (service.startsWith('-') || username?.startsWith('-')) return undefined;
    const found = python === undefined ? 'absent' : await askModule(python, service, username);
    if (found !== 'absent') return found;
    return command === undefined ? undefined : askProgram(command, service, username);
  };
}
