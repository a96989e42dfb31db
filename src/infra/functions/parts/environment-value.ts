import { AwspipError } from '../../../errors.ts';

/** Returns an environment variable of this function, or `fallback`. Throws `function-unset` without either. */
export function environmentValue(name: string, fallback?: string): string {
  // biome-ignore lint/style/noProcessEnv: a Lambda function's settings are its environment
  const value = process.env[name] ?? fallback;
  if (value !== undefined) return value;
  throw new AwspipError('function-unset', `the function's environment has no \`${name}\``, { exit: 'configuration' });
}
