import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import type { ProjectName } from '../../index/types.ts';
import { explain } from '../../review/explain.ts';
import { parsePinned } from '../../review/spec.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { list } from '../messages.ts';
import { explainText } from '../review/explain-text.ts';

/** `awspip explain NAME[==V]`: the whole arithmetic behind a decision. */
export function addExplain(program: Command, resolved: ResolvedSettings, context: Context): void {
  program
    .command('explain')
    .summary('why a release may come in or not: every fact, its points, its source')
    .description(
      'Shows how a release was decided, or judges it here when nobody asked for it yet. Without a version: the newest.',
    )
    .argument('<release>', '`NAME` or `NAME==VERSION`')
    .option('--anew', 'judge it now, on this machine, even where the record says how it was decided', false)
    .option('--json', 'one JSON document on stdout', false)
    .action(async (release: string, { anew, json }: { anew: boolean; json: boolean }) => {
      const { name, version } = parsePinned(release);
      const reviewService = await (await context.compose(resolved)).reviewService();
      const records = await reviewService.records(decideMode(resolved, context.environment.CI));
      const firewall = await reviewService.firewall();
      try {
        const now = reviewService.now();
        const explained = await explain({ name, version, ignoreRecord: anew, now }, records, firewall);
        if (explained === undefined) throw await unknownProject(name);
        const { terminal } = context;
        terminal.stdout.write(
          json ? `${JSON.stringify(explained, null, 2)}\n` : explainText(explained, reviewService.now(), terminal),
        );
      } finally {
        await firewall.close();
      }
    });
}

async function unknownProject(name: ProjectName): Promise<AwspipError> {
  const { popularity } = await import('../../firewall/names/popularity.ts');
  const near = popularity()
    .similar(name)
    .slice(0, 3)
    .map(({ target }) => target);
  return new AwspipError('project-unknown', `there is no project ${name} upstream, and none on record`, {
    exit: 'notFound',
    hint: near.length === 0 ? 'check the name for a slip' : `did you mean ${list(near)}?`,
  });
}
