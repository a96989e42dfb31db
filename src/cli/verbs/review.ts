import type { Command } from 'commander';
import { parsePipArguments } from '../../pip/grammar.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { acceptListed, acceptVetted } from '../reject-unvetted.ts';
import { verbSummaries } from '../verb-names.ts';
import { readPort } from './policy-serve.ts';

type Flags = { readonly port: number; readonly open: boolean };

/** Adds `awspip review`, which serves the queue as a page in the browser. */
export function addReview(program: Command, resolved: ResolvedSettings, context: Context): void {
  program
    .command('review')
    .summary(verbSummaries.review)
    .description(
      'Serves a page on 127.0.0.1 with the queue, the evidence of each release and the decisions, and opens it in the browser. Approving and denying follow the same rules as `awspip approve` and `awspip deny`, with your own rights. The address that is printed works once. Ctrl-C ends the command.',
    )
    .option('--port <number>', 'port to listen on; 0 for any free port', readPort, 0)
    .option('--no-open', 'print the address and open no browser')
    .action(async ({ port, open }: Flags) => {
      const mode = decideMode(resolved, context.environment.CI);
      const service = await (await context.compose(resolved)).reviewService();
      const { servePage } = await import('../page/serve-page.ts');
      const { stdout, stderr } = context.terminal;
      const report = () => {};
      await servePage(
        {
          ...{ service, mode, resolved },
          vet: (specs, reason) => {
            const command = parsePipArguments(['install', ...specs]);
            const accept = acceptListed(acceptVetted(command, report), async () => []);
            return service.vet(mode, command, { report, accept, reason });
          },
        },
        {
          ...{ port, open, platform: context.platform },
          write: (text) => {
            stdout.write(text);
            stderr.write('awspip: the address works once; Ctrl-C ends the page\n');
          },
        },
      );
    });
}
