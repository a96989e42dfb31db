/**
 * The Run Command document: fetches one listed file of package-install, which makes CodeArtifact import its release, and
 * throws it away. No package code runs: nothing is unpacked, built or installed.
 *
 * Parameters cannot inject: each must match a pattern without any character that a shell heeds, and the agent hands
 * them over as environment variables instead of writing them into the script.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-creating-content.html
 */
export function fetchDocument({
  domain,
  owner,
  repository,
  region,
}: {
  readonly domain: string;
  readonly owner: string;
  readonly repository: string;
  readonly region: string;
}) {
  return {
    schemaVersion: '2.2',
    description: 'Fetches one file of package-install, so that CodeArtifact imports its release, and throws it away',
    parameters: Object.fromEntries(
      Object.entries(parameterPatterns).map(([name, allowedPattern]) => [
        name,
        { type: 'String', allowedPattern, interpolationType: 'ENV_VAR' },
      ]),
    ),
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'Fetch',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: {
          timeoutSeconds: '240',
          runCommand: script({ domain, owner, repository, region }),
        },
      },
    ],
  };
}

/** What each parameter must look like: the whole of it, as the API and the agent check. */
export const parameterPatterns = {
  Project: '^[a-z0-9]([a-z0-9-]{0,253}[a-z0-9])?$',
  Path: '^[A-Za-z0-9!+_.-]{1,255}/[A-Za-z0-9!+_.-]{1,255}$',
  Sha256: '^[0-9a-f]{64}$',
} as const;

/** The token travels to curl through its standard input: it is in no argument, no file and no output. */
function script({ domain, owner, repository, region }: Record<'domain' | 'owner' | 'repository' | 'region', string>) {
  const where = `--region '${region}' --domain '${domain}' --domain-owner '${owner}'`;
  return [
    'set -euo pipefail',
    // An agent too old to hand parameters over as variables must not fall back to anything else.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    ': "${SSM_Project:?}" "${SSM_Path:?}" "${SSM_Sha256:?}"',
    'case "$SSM_Path" in *..*) exit 64;; esac',
    `endpoint=$(aws codeartifact get-repository-endpoint ${where} --repository '${repository}' --format pypi --query repositoryEndpoint --output text)`,
    `token=$(aws codeartifact get-authorization-token ${where} --duration-seconds 900 --query authorizationToken --output text)`,
    'digest=$(printf \'user = "aws:%s"\\n\' "$token" |',
    '  curl --config - --silent --show-error --fail --location --proto =https --max-time 200 --max-filesize 5368709120 \\',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    '    --user-agent awspip/run-command "${endpoint}simple/${SSM_Project}/${SSM_Path}" | sha256sum | cut -d" " -f1)',
    'test "$digest" = "$SSM_Sha256"',
  ];
}
