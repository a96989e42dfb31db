import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PolicyServeOptions } from '../../firewall/serve/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';

/** Adds `awspip policy serve` to the `policy` command. */
export function addPolicyServe(policy: Command, resolved: ResolvedSettings, context: Context): void {
  policy
    .command('serve')
    .summary('serve the firewall over HTTP, and as a proxy in front of an index')
    .description(
      'Serves `/package-check`, `/healthz`, `/metrics` and `/openapi.json`. Under `/simple/` it is a proxy in front of the index that pip is configured with: its pages list the releases that are allowed, `/withheld/NAME` says which are not, and a request for another file gets 403. It follows the approvals and denials of the team, and reads the policy file again when it changes or on SIGHUP. Logs are JSON lines on stdout.',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 for any free port', readPort, 8417)
    .option('--policy <file>', 'policy file; default: the policy in force')
    .option('--index <url>', 'index behind the proxy; default: the index pip is configured with', readIndex)
    .option('--no-proxy', 'serve the API only')
    .option('--no-decisions', 'serve the policy alone, without the approvals, denials and holds of the team')
    .addOption(new Option('--log <what>', 'which requests to log').choices(['all', 'refusals', 'off']).default('all'))
    .action(async (options: PolicyServeOptions) => {
      const mode = options.decisions ? decideMode(resolved, context.environment.CI) : undefined;
      await (await context.compose(resolved)).policyServe(options, mode);
    });
}

/** Reads the value of `--port`. */
export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function readIndex(text: string): string {
  if (/^(https?|file):\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('An index is an http(s) or file URL such as https://pypi.org/simple/.');
}
