import type { Command } from 'commander';

/** Examples for the help of each verb: a command, and what it does. */
const examples: Readonly<Record<string, readonly (readonly [command: string, what: string])[]>> = {
  status: [['awspip status', 'what is under way, and the latest decisions']],
  holds: [
    ['awspip holds', 'what waits for a decision'],
    ['awspip holds --mine', 'what you asked for, and what became of it'],
  ],
  review: [
    ['awspip review', 'the queue in your browser'],
    ['awspip review --no-open --port 8418', 'print the address only'],
  ],
  approvals: [['awspip approvals --expiring 14d', 'what ends soon']],
  history: [['awspip history request2', 'who asked, who decided, and why']],
  explain: [
    ['awspip explain requests', 'the newest release'],
    ['awspip explain request2==0.2 --fresh', 'judged now, on this machine'],
  ],
  vet: [
    ['awspip vet -r requirements.txt', 'check a file without installing'],
    ['awspip vet -r requirements.txt --format sarif --output awspip.sarif', 'for code scanning'],
    ['awspip vet --all ~/repositories', 'every file of requirements below a folder'],
  ],
  request: [['awspip request request2==0.2 --reason "for the import of old data"', 'ask for one release']],
  'audit-environment': [
    ['awspip audit-environment', 'the active environment'],
    ['awspip audit-environment --python .venv --format sarif', 'another one, for code scanning'],
  ],
  sbom: [
    ['awspip sbom --output bom.json', 'the active environment, as CycloneDX'],
    ['awspip sbom --attest --output statement.json', 'as an in-toto statement to sign'],
  ],
  approve: [
    ['awspip approve request2==0.2 --reason "reviewed by us"', 'one release'],
    ['awspip approve "rich>=14,<15" --reason "reviewed" --until 2027-01-31', 'until a date'],
    ['awspip approve -r reviewed.txt --reason "reviewed" --days 90', 'everything in a file'],
  ],
  deny: [
    ['awspip deny "liked>=2" --reason "breaks our build"', 'these releases'],
    ['awspip deny liked --remove --reason "abandoned"', 'also archive what the vetted repository has'],
  ],
  audit: [['awspip audit --since 7d --json', 'the entries of a week, for a program']],
  policy: [
    ['awspip policy show', 'the rules in force'],
    ['awspip policy check policy.json', 'find mistakes in a policy file'],
  ],
  'policy show': [['awspip policy show recommended --json > policy.json', 'a file to start from']],
  'policy check': [['awspip policy check policy.json', 'exits with 78 if the file is not valid']],
  'policy names': [['awspip policy names < names.txt', 'one JSON line for each name']],
  'policy inspect': [['awspip policy inspect dist/*', 'what the policy does with files on disk']],
  'policy replay': [
    ['awspip policy replay', 'what the policy in force would have stopped, if it were enforced'],
    ['awspip policy replay strict.json', 'what this policy would change'],
  ],
  'policy mode': [
    ['awspip policy mode', 'whether the policy is enforced'],
    ['awspip policy mode observe --reason "pilot" --days 14', 'stop nothing but known malware and the block list'],
    ['awspip policy mode file --reason "pilot ended"', 'what the policy file says'],
  ],
  'policy serve': [
    ['awspip policy serve --port 8417', 'then: pip install --index-url http://127.0.0.1:8417/simple/ X'],
  ],
  trust: [
    ['awspip trust', 'show the values of this project, and accept them'],
    ['awspip trust --list', 'the project files that you trust'],
    ['awspip trust --remove', 'no longer trust this project'],
  ],
  setup: [
    ['awspip setup', 'pip runs through awspip in new shells'],
    ['awspip setup --from-stack supply-chain-defender', 'import the settings of a deployment'],
    ['awspip setup --remove', 'undo'],
  ],
  'shell-completion': [
    ['eval "$(awspip shell-completion bash)"', 'in this bash'],
    ['awspip shell-completion zsh > ~/.zfunc/_awspip', 'in every new zsh, if the folder is in `fpath`'],
    ['awspip shell-completion fish > ~/.config/fish/completions/awspip.fish', 'in every new fish'],
  ],
  doctor: [['awspip doctor', 'one line for each check']],
  exec: [
    ['awspip exec -- uv sync', 'uv, behind the relay'],
    ['awspip exec -- pipx install httpie', 'pipx, likewise'],
  ],
  'file-cache': [['awspip file-cache info', 'how much is kept, and where']],
  'file-cache dir': [['du -sh "$(awspip file-cache dir)"', 'the folder']],
  'file-cache info': [['awspip file-cache info', 'how much is kept, and where']],
  'file-cache purge': [['awspip file-cache purge', 'remove all cached files']],
  local: [
    ['awspip local status', 'whether it runs'],
    ['eval "$(awspip local env)"', 'use it with the AWS CLI, boto3, pip, twine or uv'],
  ],
  'local up': [['awspip local up', 'start the local stack']],
  'local down': [['awspip local down', 'stop it']],
  'local status': [['awspip local status', 'whether it runs']],
  'local logs': [['awspip local logs | tail', 'the last lines of its log']],
  'local env': [['eval "$(awspip local env)"', 'in this shell']],
  'local reset': [['awspip local reset', 'delete its data']],
  'local repair': [['awspip local repair', 'move damaged data aside']],
};

/** Adds examples to the help of every verb. */
export function addExamples(program: Command): void {
  const visit = (command: Command, path: readonly string[]): void => {
    const known = examplesOf(path);
    if (known.length > 0) command.addHelpText('after', () => examplesText(known));
    for (const below of command.commands) visit(below, [...path, below.name()]);
  };
  visit(program, []);
}

/** Returns the examples of a verb, or of one below it: `['local', 'up']`. */
export function examplesOf(path: readonly string[]): (typeof examples)[string] {
  return examples[path.join(' ')] ?? [];
}

function examplesText(known: (typeof examples)[string]): string {
  return `\nExamples:\n${known.map(([command, what]) => `  ${command}\n      ${what}`).join('\n')}`;
}
