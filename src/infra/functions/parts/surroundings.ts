import { AwspipError } from '../../../errors.ts';

/** What this function was told on deployment. Never a secret: those lie in parameters. */
export function told(name: string): string {
  // biome-ignore lint/style/noProcessEnv: a Lambda function's settings are its environment
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new AwspipError('function-unset', `the function was deployed without ${name}`, { exit: 'configuration' });
}
