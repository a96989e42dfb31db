import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { type Policy, policyVersion, recommendedPolicy, referencePolicy } from '../../firewall/policy.ts';
import { oneLine } from '../../printable.ts';
import { lineBatches, nameLine } from '../../review/name-lines.ts';
import type { Records, ReviewService } from '../../review/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { jsonDocument, jsonLine } from '../json-document.ts';
import { count } from '../messages.ts';
import { policyText } from '../review/policy-text.ts';
import { replayText } from '../review/replay-text.ts';
import { verbSummaries } from '../verb-names.ts';
import { addPolicyMode } from './policy-mode.ts';
import { addPolicyServe } from './policy-serve.ts';

/** The policy reader reports a larger file. */
const maxPolicyBytes = 2 * 1024 * 1024;

/** Adds `awspip policy …`. */
export function addPolicy(program: Command, resolved: ResolvedSettings, context: Context): Command {
  const { stdout } = context.terminal;
  const reviewService = async () => (await context.compose(resolved)).reviewService();
  const policy = program
    .command('policy')
    .summary(verbSummaries.policy)
    .description('Shows and checks rules, gates and lists, and tries them on earlier verdicts.');
  policy
    .command('show')
    .summary('show the policy in force, or one from a file or profile')
    .argument('[policy]', 'a policy file, `recommended` or `reference`')
    .option('--json', 'print the policy as a policy file')
    .action(async (named: string | undefined, { json }: { json?: boolean }) => {
      const shown =
        named === undefined ? await (await reviewService()).policy() : await readPolicy(await reviewService(), named);
      stdout.write(json ? jsonDocument(shown) : policyText(shown));
    });
  policy
    .command('check')
    .summary('check a policy file; exits with 78 and lists every mistake')
    .argument('<file>')
    .option('--json', 'print one JSON document')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const opened = await reviewService();
      const checked = await readFile(opened, file);
      const { policyWarnings } = await import('../../firewall/policy-warnings.ts');
      const warnings = policyWarnings(checked, opened.now());
      if (json) {
        stdout.write(jsonDocument({ valid: true, policyVersion: policyVersion(checked), warnings }));
        return;
      }
      const own = checked.gates.own.length;
      const gates = own === 0 ? '' : `, ${count(own, 'own gate')}`;
      stdout.write(`valid: ${policyVersion(checked)}, ${count(checked.rules.length, 'rule')}${gates}\n`);
      for (const { key, text } of warnings) context.terminal.stderr.write(`warning: \`${key}\`: ${oneLine(text)}\n`);
    });
  policy
    .command('names')
    .summary('find popular names that the names on standard input resemble or contain')
    .description('Reads one name per line and prints one JSON line for each. Confidence is between 0 and 1.')
    .action(async () => {
      const opened = await reviewService();
      const { popularityUnder } = await import('../../firewall/other-index.ts');
      const { similar, contained } = popularityUnder(await opened.policy());
      const toLine = (line: string) => `${nameLine(line, similar(line.trim()), contained(line.trim()))}\n`;
      for await (const names of lineBatches(opened.input)) {
        if (!(await opened.output(names.map(toLine).join('')))) return;
      }
    });
  policy
    .command('inspect')
    .summary('judge wheels and sdists on disk by the code in them')
    .description('Reads files without running any of them, and prints one JSON line for each.')
    .argument('<file...>', 'wheels and sdists')
    .option('--ranked', 'judge them as files of a project in the popularity list')
    .action(async (files: readonly string[], { ranked = false }: { ranked?: boolean }) => {
      const opened = await reviewService();
      const { inspectFile } = await import('../../review/inspect-files.ts');
      const { optimizeLate } = await import('../../compiler-settings.ts');
      optimizeLate();
      const policyInForce = await opened.policy();
      for (const file of files) {
        const line = jsonLine(await inspectFile(file, ranked, policyInForce));
        if (!(await opened.output(line))) return;
      }
    });
  policy
    .command('replay')
    .summary('show which verdicts on record another policy would change')
    .description(
      'Judges the evidence on record under a policy, as if it were enforced: a `mode: observe` in it has no effect. Without a policy, uses the one in force in the deployment.',
    )
    .argument('[policy]', 'a policy file, `recommended` or `reference`')
    .option('--json', 'print one JSON document')
    .action(async (named: string | undefined, { json }: { json?: boolean }) => {
      const opened = await reviewService();
      const records = await opened.records(decideMode(resolved, context.environment.CI));
      const other = named === undefined ? await deployedPolicy(records) : await readPolicy(opened, named);
      const { replayRecords } = await import('../../review/replay-records.ts');
      const result = await replayRecords(records, other, opened.firewall, opened.now());
      stdout.write(json ? jsonDocument(result) : replayText(result, context.terminal.columns));
    });
  addPolicyMode(policy, resolved, context);
  addPolicyServe(policy, resolved, context);
  return policy;
}

/**
 * Returns the policy that the workflow of the deployment used last.
 *
 * @throws AwspipError `policy-unknown` (78)
 */
async function deployedPolicy(records: Records): Promise<Policy> {
  const text = (await records.policyState())?.text;
  if (text !== undefined) return JSON.parse(text);
  throw new AwspipError('policy-unknown', 'the deployment has not used a policy yet, or a very large one', {
    exit: 'configuration',
    hint: 'name a policy: `awspip policy replay recommended`',
  });
}

/** Returns a shipped profile by name, else the policy of a file. `./recommended` names a file. */
async function readPolicy(reviewService: ReviewService, named: string): Promise<Policy> {
  const profile = [recommendedPolicy, referencePolicy].find(({ name }) => name === named);
  return profile ?? readFile(reviewService, named);
}

/** Returns the policy of a file and of the files that it extends. */
async function readFile(reviewService: ReviewService, file: string): Promise<Policy> {
  const { readPolicyFile } = await import('../../firewall/read-policy-text.ts');
  return readPolicyFile(file, (each) => reviewService.readStart(each, maxPolicyBytes));
}
