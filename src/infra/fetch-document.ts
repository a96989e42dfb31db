/**
 * Returns the Run Command document. It downloads one listed file of package-install, which makes CodeArtifact import
 * its release, and discards the file. It never unpacks, builds or installs anything, so no package code runs.
 *
 * Parameters can't inject shell code: each must match a pattern without shell metacharacters, and the agent passes them
 * as environment variables instead of inserting them into the script.
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
    description: 'Downloads one file of package-install, so that CodeArtifact imports its release, and discards it',
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

/** The patterns of the parameters, which the API and the agent match against the whole value. */
export const parameterPatterns = {
  Project: '^[a-z0-9]([a-z0-9-]{0,253}[a-z0-9])?$',
  Path: '^[A-Za-z0-9!+_.-]{1,255}/[A-Za-z0-9!+_.-]{1,255}$',
  Sha256: '^[0-9a-f]{64}$',
} as const;

/**
 * Returns the script. It passes the token to curl on standard input, so that no argument, file or output contains it.
 */
function script({ domain, owner, repository, region }: Record<'domain' | 'owner' | 'repository' | 'region', string>) {
  const options = `--region '${region}' --domain '${domain}' --domain-owner '${owner}'`;
  return [
    'set -euo pipefail',
    // An old agent that doesn't pass parameters as variables must fail here.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell expansion
    ': "${SSM_Project:?}" "${SSM_Path:?}" "${SSM_Sha256:?}"',
    'case "$SSM_Path" in *..*) exit 64;; esac',
    `endpoint=$(aws codeartifact get-repository-endpoint ${options} --repository '${repository}' --format pypi --query repositoryEndpoint --output text)`,
    `token=$(aws codeartifact get-authorization-token ${options} --duration-seconds 900 --query authorizationToken --output text)`,
    'digest=$(printf \'user = "aws:%s"\\n\' "$token" |',
    '  curl --config - --silent --show-error --fail --location --proto =https --max-time 200 --max-filesize 5368709120 \\',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell expansion
    '    --user-agent awspip/run-command "${endpoint}simple/${SSM_Project}/${SSM_Path}" | sha256sum | cut -d" " -f1)',
    'test "$digest" = "$SSM_Sha256"',
  ];
}
