import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { isSecret } from './environment.ts';

/** A range of this process's memory, as addresses. The addresses of user space fit into a number. */
type Region = { readonly start: number; readonly end: number };

/** A value to overwrite: its offset in bytes from the start of the environment, and its length. */
export type SecretValue = { readonly offset: number; readonly length: number };

const mask = '*';
/** Larger environments than the kernel's limit for one process (`MAX_ARG_STRLEN` times a few) are left alone. */
const maxEnvironmentBytes = 8 * 1024 * 1024;

/**
 * Overwrites the secret variables of this process where other processes of the user can read them on Linux: in
 * `/proc/PID/environ`, which shows the memory that the kernel filled at the start (proc_pid_environ(5)). `process.env`
 * keeps its values, because setting a variable moves it to other memory.
 *
 * @returns whether no secret is left there. False where the system has no such file or forbids the write. The
 *   environments of parent processes are not changed.
 */
export function hideSecrets(variables: NodeJS.ProcessEnv = process.env, platform = process.platform): boolean {
  if (platform !== 'linux') return false;
  try {
    for (const [name, value] of Object.entries(variables)) {
      if (isSecret(name.toUpperCase())) variables[name] = value;
    }
    const region = environmentRegion(readFileSync('/proc/self/stat', 'latin1'));
    if (region !== undefined) overwrite(region);
    return secretValues(readFileSync('/proc/self/environ')).length === 0;
  } catch {
    return false;
  }
}

/** Reads `env_start` and `env_end` from `/proc/PID/stat` (fields 50 and 51). The name in it may contain any character. */
export function environmentRegion(stat: string): Region | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const [start, end] = [Number(fields[47]), Number(fields[48])];
  const isRegion = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start > 0;
  return isRegion && end > start && end - start <= maxEnvironmentBytes ? { start, end } : undefined;
}

/** Finds the values of secret variables in an environment (`NAME=VALUE`, each ended by a zero byte) to overwrite. */
export function secretValues(environment: Buffer): readonly SecretValue[] {
  const found: SecretValue[] = [];
  for (let start = 0; start < environment.length; ) {
    const zero = environment.indexOf(0, start);
    const end = zero < 0 ? environment.length : zero;
    const entry = environment.subarray(start, end);
    const equals = entry.indexOf('=');
    if (equals > 0 && isSecret(entry.toString('latin1', 0, equals).toUpperCase())) {
      const value = entry.subarray(equals + 1);
      if (value.some((byte) => byte !== mask.charCodeAt(0))) {
        found.push({ offset: start + equals + 1, length: value.length });
      }
    }
    start = end + 1;
  }
  return found;
}

function overwrite({ start, end }: Region): void {
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const environment = Buffer.alloc(end - start);
    const length = readSync(memory, environment, 0, environment.length, start);
    for (const { offset, length: size } of secretValues(environment.subarray(0, length))) {
      writeSync(memory, Buffer.alloc(size, mask), 0, size, start + offset);
    }
  } finally {
    closeSync(memory);
  }
}
