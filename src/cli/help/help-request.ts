import { resolveSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { stdoutOutput } from '../terminal.ts';
import { isOwnVerb } from '../verb-names.ts';

type Topic = 'awspip' | 'settings' | 'exit-codes' | 'man';

/** Returns awspip's own help, if the command line asks for it. A shell that completes a line gets pip's answer. */
export async function helpText(argv: readonly string[], context: Context): Promise<string | undefined> {
  const { terminal, environment } = context;
  if (environment.PIP_AUTO_COMPLETE !== undefined) return undefined;
  const topic = helpTopic(argv);
  if (topic === undefined) return undefined;
  if (topic === 'man') return manual(context);
  const { exitCodesText, helpScreen, settingsText } = await import('./screen.ts');
  const texts = { awspip: helpScreen, settings: settingsText, 'exit-codes': exitCodesText };
  return texts[topic](stdoutOutput(terminal));
}

/** Returns the manual page. The settings don't matter to it, so the verbs get the defaults. */
async function manual(context: Context): Promise<string> {
  const [{ manualPage }, { ownProgram }] = await Promise.all([import('./manual-page.ts'), import('../own-verbs.ts')]);
  const program = ownProgram(resolveSettings({ flag: {}, environment: {} }), context, () => {});
  return manualPage(program, { version: context.version, date: new Date() });
}

/** Returns the topic of awspip's own help: `awspip`, `awspip --help`, `awspip help [settings|exit-codes|--man]`. */
function helpTopic([first, second, ...others]: readonly string[]): Topic | undefined {
  if (first === undefined) return 'awspip';
  if (second === undefined) return isHelpOption(first) || first === 'help' ? 'awspip' : undefined;
  if (first !== 'help' || others.length > 0) return undefined;
  if (second === '--man') return 'man';
  return second === 'awspip' || second === 'settings' || second === 'exit-codes' ? second : undefined;
}

/** Reads `help status` as `status --help`, and `help pip` as `--help`, because pip has no help for either. */
export function withoutHelpVerb(argv: readonly string[]): readonly string[] {
  const [first, topic = ''] = argv;
  if (first !== 'help') return argv;
  if (topic === 'pip') return ['--help'];
  return isOwnVerb(topic) ? [...argv.slice(1), '--help'] : argv;
}

/** Whether an argument asks for help. */
export const isHelpOption = (argument: string | undefined) => argument === '--help' || argument === '-h';
