import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packArguments, type ReleaseArguments, releaseArguments } from './arguments.ts';
import { notesOf, unreleasedVersion } from './changelog.ts';
import { type Checkout, inCopy, readCheckout, readStatus } from './checkout.ts';
import type { Context } from './context.ts';
import { type EditedFiles, editedFiles, withVersion } from './edits.ts';
import { artifactFolder, packRelease } from './pack.ts';
import { type Problem, problemLines, ReleaseError } from './problem.ts';
import {
  branchProblems,
  manifestProblems,
  type PublishedManifest,
  publisherProblems,
  treeProblems,
} from './readiness.ts';
import { chooseVersion, tagOf } from './version.ts';

/** Prepares a release: checks, new version, package, commit and tag. Publishes nothing without `--publish`. */
export async function release(argv: readonly string[], context: Context): Promise<void> {
  const choices = releaseArguments(argv);
  const { folder, run, say } = context;
  const checkout = await readCheckout(folder, run);
  const changelog = await readFile(path.join(folder, 'CHANGELOG.md'), 'utf8');
  const manifest = await readManifest(folder);
  const heading = unreleasedVersion(changelog);
  const version = chooseVersion({ asked: choices.asked, current: manifest.version, heading, tags: checkout.tags });
  say(`${choices.dryRun ? 'dry run, in a temporary copy of what is committed: ' : ''}release ${version}`);
  const report = choices.dryRun ? warnOf(say) : stopOn;
  report([...branchProblems(checkout.branch), ...treeProblems(checkout.status)]);
  report([...publisherProblems(manifest, await readSecurity(folder)), ...manifestProblems(manifest)]);
  const plan = { version, checkout, choices, report };
  if (choices.dryRun) {
    await inCopy(folder, run, (copy) => prepare({ ...context, folder: copy, run: announced(run, say) }, plan));
    say('dry run: the temporary copy is removed, and nothing was changed');
  } else {
    await prepare({ ...context, run: announced(run, say) }, plan);
  }
}

/** Packs the version that is checked out, for a workflow that publishes it. */
export async function packTag(argv: readonly string[], context: Context): Promise<void> {
  const { tag } = packArguments(argv);
  const { folder, say } = context;
  const manifest = await readManifest(folder);
  const notes = notesOf(await readFile(path.join(folder, 'CHANGELOG.md'), 'utf8'), manifest.version);
  stopOn([
    ...(tag === tagOf(manifest.version)
      ? []
      : [{ text: `the tag is \`${tag}\`, but package.json has ${manifest.version}` }]),
    ...(notes === undefined ? [{ text: `CHANGELOG.md has no dated section for ${manifest.version}` }] : []),
    ...publisherProblems(manifest, await readSecurity(folder)),
    ...manifestProblems(manifest),
  ]);
  stopOn((await packRelease(context, notes ?? '')).problems);
  say(`wrote ${artifactFolder}`);
}

type Report = (problems: readonly Problem[]) => void;

type Plan = {
  readonly version: string;
  readonly checkout: Checkout;
  readonly choices: ReleaseArguments;
  readonly report: Report;
};

/** Takes every step of a release in one folder, up to the tag; with `--publish`, also the push. */
async function prepare(context: Context, { version, checkout, choices, report }: Plan): Promise<void> {
  const { folder, run, say } = context;
  if (choices.skipCheck) say('skipped: npm run check');
  else await run('npm', ['run', 'check'], { cwd: folder, shown: true });
  // The checks take minutes, in which files may have changed.
  report(treeProblems(await readStatus(folder, run)));
  const tag = tagOf(version);
  const tarball = await restoringOnFailure(context, checkout.head, () =>
    commitAndTag(context, { version, tag, report }),
  );
  const signature = checkout.signs ? 'signed' : 'not signed, because git config tag.gpgSign is not true';
  say(
    choices.dryRun ? `tagged ${tag} in the copy; the tag of a release is ${signature}` : `tagged ${tag}: ${signature}`,
  );
  const push = ['push', '--atomic', 'origin', 'main', tag];
  if (choices.publish) {
    await run('git', push, { cwd: folder });
    say('pushed: the workflow `release` publishes the tag');
  } else {
    say(`not pushed and not published: ${tarball}`);
    say(`next: git ${push.join(' ')}`);
  }
}

type Step = Pick<Plan, 'version' | 'report'> & { readonly tag: string };

async function commitAndTag(context: Context, { version, tag, report }: Step): Promise<string> {
  const { folder, run, say, today } = context;
  const { files, notes } = withVersion(await readEdited(folder), version, today);
  for (const file of editedFiles) {
    await writeFile(path.join(folder, file), files[file]);
    say(`wrote ${version} to ${file}`);
  }
  const { tarball, problems } = await packRelease(context, notes);
  report(problems);
  say(`\nrelease notes:\n\n${notes}\n`);
  await run('git', ['commit', '--quiet', '--message', `Release ${version}`, '--', ...editedFiles], { cwd: folder });
  // Headings of the notes begin with the sign of a comment, so that only white space is cleaned up.
  const message = [`--message=awspip ${version}`, `--message=${notes}`, '--cleanup=whitespace'];
  await run('git', ['tag', '--annotate', ...message, tag], { cwd: folder });
  return tarball;
}

/** Calls `work`. If it fails, removes its commit and restores the files that it edited, and no others. */
async function restoringOnFailure<Result>(
  { folder, run }: Context,
  head: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await run('git', ['reset', '--quiet', '--soft', head], { cwd: folder });
    await run('git', ['restore', '--staged', '--worktree', '--', ...editedFiles], { cwd: folder });
    throw error;
  }
}

/** Prints each command before it runs. */
function announced(run: Context['run'], say: Context['say']): Context['run'] {
  return (command, argv, options) => {
    say(`$ ${[command, ...argv.map((argument) => argument.split('\n', 1)[0])].join(' ')}`);
    return run(command, argv, options);
  };
}

const stopOn: Report = (problems) => {
  if (problems.length > 0) throw new ReleaseError(problems);
};

const warnOf =
  (say: Context['say']): Report =>
  (problems) => {
    if (problems.length === 0) return;
    say('warning: a release would stop here:');
    for (const line of problemLines(problems)) say(line === '' ? '' : `  ${line}`);
  };

async function readManifest(folder: string): Promise<PublishedManifest> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as PublishedManifest;
}

function readSecurity(folder: string): Promise<string> {
  return readFile(path.join(folder, 'SECURITY.md'), 'utf8');
}

async function readEdited(folder: string): Promise<EditedFiles> {
  const entries = editedFiles.map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries)) as EditedFiles;
}
