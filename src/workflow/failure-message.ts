import { truncate } from './refusals.ts';

/**
 * Returns one sentence about the `Error` and `Cause` that a state's Catch receives. Lambda's cause is JSON with
 * `errorMessage`. The cause of the local engine is the message itself.
 */
export function failureMessage(error: unknown): string {
  const { Error: name, Cause: cause } = membersOf(error);
  const message = messageOf(typeof cause === 'string' ? cause : '');
  if (isTimeout(error)) return 'a step of the workflow took too long';
  return truncate(inOneLine(message) || String(name ?? 'the workflow failed'), 300);
}

/** Joins the lines of a message, of which the first says what the others list. */
function inOneLine(message: string): string {
  const [first = '', ...others] = message.split('\n').map((line) => line.trim());
  const listed = others.filter((line) => line !== '');
  return listed.length === 0 ? first : `${first}: ${listed.join('; ')}`;
}

function messageOf(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // The cause is not JSON, so it is the message.
  }
  return cause;
}

/** Checks whether a Catch receives the time limit of a task or of its function. */
export const isTimeout = (error: unknown): boolean =>
  ['States.Timeout', 'Sandbox.Timedout'].includes(String(membersOf(error).Error));

function membersOf(error: unknown): Readonly<Record<string, unknown>> {
  return (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
}
