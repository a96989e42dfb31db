import { pythonCommand } from '../python-command.ts';
import type { Capture } from './capture.ts';
import type { PipProgram } from './find-pip.ts';
import { optionValues, type PipCommand } from './grammar.ts';
import { type InstalledRelease, readInstalled } from './installed-release.ts';

/**
 * Lists the distributions installed since a time in the folders of this command. Arguments: seconds, target, prefix,
 * root. Some file systems store whole or even seconds. Elsewhere a timestamp lags by at most one tick of the kernel's
 * clock, so earlier installs are excluded.
 */
const script = `
import json, os, site, sys, sysconfig
since, target, prefix, root = float(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
if target: folders = [target]
else:
    schemes = [sysconfig.get_paths(vars={'base': prefix, 'platbase': prefix}) if prefix else sysconfig.get_paths()]
    folders = [s[k] for s in schemes for k in ('purelib', 'platlib')]
    if not prefix:
        folders.append(site.getusersitepackages())
        folders += [p for p in sys.path if p.endswith(('site-packages', 'dist-packages'))]
    if root: folders = [os.path.join(root, f.lstrip('/')) for f in folders]
def text(*parts):
    try:
        with open(os.path.join(*parts), encoding='utf-8', errors='replace') as f: return f.read(1 << 20)
    except OSError: return None
found, seen = [], set()
for folder in folders:
    folder = os.path.realpath(folder)
    if folder in seen or not os.path.isdir(folder): continue
    seen.add(folder)
    for entry in os.listdir(folder):
        if not entry.endswith('.dist-info'): continue
        metadata = text(folder, entry, 'METADATA')
        changed = os.stat(os.path.join(folder, entry)).st_mtime
        if metadata is None or changed < since - (2 if changed == int(changed) else 0.05): continue
        headers = {}
        for line in metadata.splitlines():
            if not line: break
            key, _, value = line.partition(': ')
            headers.setdefault(key, value)
        found.append({'name': headers.get('Name', entry), 'version': headers.get('Version', ''), 'direct': text(folder, entry, 'direct_url.json')})
print(json.dumps(found))
`;

/**
 * Lists the releases installed since pip started, from their metadata. Used for pips without an installation report
 * (before 22.2). Undefined when the interpreter fails.
 */
export async function listInstalled(
  { python }: PipProgram,
  command: PipCommand,
  startedAt: number,
  { capture, environment }: { readonly capture: Capture; readonly environment: Readonly<Record<string, string>> },
): Promise<InstalledRelease[] | undefined> {
  const value = (name: string) => optionValues(command, name).at(-1) ?? '';
  const folders = [value('--target'), value('--prefix'), value('--root')];
  const since = String(startedAt / 1000);
  const process = pythonCommand(python, script, [since, ...folders], environment);
  const { exitCode, stdout } = await capture(process.command, { environment: process.environment });
  return exitCode === 0 ? parseOutput(stdout) : undefined;
}

function parseOutput(stdout: string): InstalledRelease[] | undefined {
  try {
    const distributions = JSON.parse(stdout) as readonly { name: string; version: string; direct: string | null }[];
    return distributions.map(({ direct, ...metadata }) => readInstalled(metadata, direct ?? undefined));
  } catch {
    return undefined;
  }
}
