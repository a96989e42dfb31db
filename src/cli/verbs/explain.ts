import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import type { ProjectName } from '../../index/types.ts';
import { explain } from '../../review/explain.ts';
import { parsePinned } from '../../review/spec.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { list } from '../messages.ts';
import { explainText } from '../review/explain-text.ts';
import { stdoutOutput } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip explain NAME[==VERSION]`, which shows every fact behind a verdict. */
export function addExplain(program: Command, resolved: ResolvedSettings, context: Context): void {
  program
    .command('explain')
    .summary(verbSummaries.explain)
    .description(
      'Shows every fact behind the verdict on a release. Without a version: the newest. A release that is not on record is judged on this machine.',
    )
    .argument('<release>', '`NAME` or `NAME==VERSION`')
    .option('--fresh', 'judge it now on this machine, even if it is on record')
    .option('--json', 'print one JSON document')
    .action(async (release: string, { fresh = false, json }: { fresh?: boolean; json?: boolean }) => {
      const { name, version } = parsePinned(release);
      const reviewService = await (await context.compose(resolved)).reviewService();
      const mode = decideMode(resolved, context.environment.CI);
      const records = await reviewService.records(mode);
      const firewall = await reviewService.firewall();
      try {
        const now = reviewService.now();
        const explained = await explain({ name, version, ignoreRecord: fresh, now }, records, firewall);
        if (explained === undefined) throw await unknownProject(name);
        const { terminal } = context;
        const { contact } = await reviewService.policyNotes(mode);
        const shown = { ...explained, contact };
        terminal.stdout.write(json ? jsonDocument(shown) : explainText(shown, now, stdoutOutput(terminal)));
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
  return new AwspipError('project-unknown', `no index has a project \`${name}\``, {
    exit: 'notFound',
    hint: near.length === 0 ? 'check the spelling' : `did you mean ${list(near)}?`,
  });
}
