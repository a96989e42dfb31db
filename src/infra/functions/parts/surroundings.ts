import { AwspipError } from '../../../errors.ts';

/** What this function was told on deployment, else `fallback`. Never a secret: those lie in parameters. */
export function environmentValue(name: string, fallback?: string): string {
  // biome-ignore lint/style/noProcessEnv: a Lambda function's settings are its environment
  const value = process.env[name] ?? fallback;
  if (value !== undefined) return value;
  throw new AwspipError('function-unset', `the function was deployed without ${name}`, { exit: 'configuration' });
}
