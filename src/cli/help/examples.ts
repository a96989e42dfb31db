import type { Command } from 'commander';

/** Examples for the help of each verb: a command, and what it does. */
const examples: Readonly<Record<string, readonly (readonly [command: string, what: string])[]>> = {
  status: [['awspip status', 'what is under way, and the latest decisions']],
  explain: [
    ['awspip explain requests', 'the newest release'],
    ['awspip explain request2==0.2 --fresh', 'judged now, on this machine'],
  ],
  vet: [
    ['awspip vet -r requirements.txt', 'check a file without installing'],
    ['awspip vet -r requirements.txt --format sarif --output awspip.sarif', 'for code scanning'],
    ['awspip vet --all ~/repositories', 'every file of requirements below a folder'],
  ],
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
  ],
  deny: [['awspip deny "liked>=2" --reason "breaks our build"', 'these releases']],
  policy: [
    ['awspip policy show', 'the rules in force'],
    ['awspip policy check policy.json', 'find mistakes in a policy file'],
  ],
  'policy show': [['awspip policy show recommended --json > policy.json', 'a file to start from']],
  'policy check': [['awspip policy check policy.json', 'exits with 78 if the file is not valid']],
  'policy names': [['awspip policy names < names.txt', 'one JSON line for each name']],
  'policy inspect': [['awspip policy inspect dist/*', 'what the policy does with files on disk']],
  'policy replay': [['awspip policy replay strict.json', 'what this policy would change']],
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
  doctor: [['awspip doctor', 'one line for each check']],
  exec: [
    ['awspip exec -- uv sync', 'uv, behind the relay'],
    ['awspip exec -- pipx install httpie', 'pipx, likewise'],
  ],
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
    const known = examples[path.join(' ')];
    if (known !== undefined) command.addHelpText('after', () => examplesText(known));
    for (const below of command.commands) visit(below, [...path, below.name()]);
  };
  visit(program, []);
}

function examplesText(known: (typeof examples)[string]): string {
  return `\nExamples:\n${known.map(([command, what]) => `  ${command}\n      ${what}`).join('\n')}`;
}
