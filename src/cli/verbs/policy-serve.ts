import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PolicyServeOptions } from '../../firewall/serve/types.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';

/** Adds `awspip policy serve` to the `policy` command. */
export function addPolicyServe(policy: Command, resolved: ResolvedSettings, context: Context): void {
  policy
    .command('serve')
    .summary('the firewall over HTTP, and as a proxy in front of an index')
    .description(
      'Serves `/package-check`, `/healthz`, `/metrics` and `/openapi.json`, and under `/simple/` a simple index in front of the one pip is set up with: it passes what the policy allows and answers 403 for the rest. Logs are JSON lines on stdout.',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 for any that is free', readPort, 8417)
    .option('--policy <file>', 'policy file (default: the policy in force here)')
    .option('--index <url>', 'index to stand in front of (default: what pip is set up with)', readIndex)
    .option('--no-proxy', 'the API alone, without an index')
    .addOption(
      new Option('--log <what>', 'requests that are logged').choices(['all', 'refusals', 'off']).default('all'),
    )
    .action(async (options: PolicyServeOptions) => {
      await (await context.compose(resolved)).policyServe(options);
    });
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

function readIndex(text: string): string {
  if (/^(https?|file):\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('an index is an http(s) or file address such as https://pypi.org/simple/.');
}
