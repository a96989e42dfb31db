import {
  parseAutoSwitch,
  parseSize,
  parseStack,
  parseSwitch,
  parseText,
  parseUrl,
  wholeNumberParser,
} from './parse.ts';

/** One setting: its sources, its meaning and its default. */
export type Setting<T> = {
  /** The name of the option after `--awspip-`, and the key in the settings files. */
  readonly key: string;
  /** Environment variables in the order of precedence. */
  readonly variables: readonly string[];
  readonly doc: string;
  readonly fallback: T;
  /** Text for the documentation in place of the fallback. */
  readonly fallbackDoc?: string;
  readonly parse: (raw: string) => T | undefined;
  /** The values that `parse` accepts, for the error message. */
  readonly expects: string;
  /**
   * Whether a project file may set it. `trusted`: only after the user has trusted the file, because the value decides
   * which repository and workflow awspip trusts, or which credentials it uses. `no`: never, as for the source of verdicts
   * and for programs that run.
   */
  readonly projectFile: 'yes' | 'trusted' | 'no';
  /** False if only an option or a variable may set it. */
  readonly userFile?: false;
  /** Whether the value must never be printed. */
  readonly secret?: true;
};

type Optional<T> = T | undefined;

const define = <T>(setting: Setting<T>): Setting<T> => setting;

const textValue = { parse: parseText, expects: 'a text' } as const;
const urlValue = { parse: parseUrl, expects: 'an http(s) URL' } as const;

/** All settings. Options, variables, files and the README's table are generated from this. */
export const settings = {
  domain: define<Optional<string>>({
    key: 'domain',
    variables: ['AWSPIP_DOMAIN'],
    doc: 'CodeArtifact domain; if it is set anywhere, awspip uses AWS and never the local stack',
    fallback: undefined,
    projectFile: 'trusted',
    ...textValue,
  }),
  domainOwner: define<Optional<string>>({
    key: 'domain-owner',
    variables: ['AWSPIP_DOMAIN_OWNER'],
    doc: 'AWS account that owns the domain, 12 digits; required across accounts',
    fallback: undefined,
    projectFile: 'trusted',
    parse: (raw) => (/^\d{12}$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'an AWS account ID of 12 digits',
  }),
  repository: define<string>({
    key: 'repository',
    variables: ['AWSPIP_REPOSITORY'],
    doc: 'CodeArtifact repository of vetted packages',
    fallback: 'secure-pypi',
    projectFile: 'trusted',
    ...textValue,
  }),
  region: define<Optional<string>>({
    key: 'region',
    variables: ['AWSPIP_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
    doc: 'AWS region',
    fallback: undefined,
    fallbackDoc: "the profile's",
    projectFile: 'trusted',
    parse: (raw) => (/^[a-z]{2}(-[a-z]+)+-\d$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'a region such as `eu-west-1`',
  }),
  profile: define<Optional<string>>({
    key: 'profile',
    variables: ['AWSPIP_PROFILE'],
    doc: 'AWS profile',
    fallback: undefined,
    fallbackDoc: "`AWS_PROFILE`, else the SDK's default chain",
    projectFile: 'trusted',
    ...textValue,
  }),
  table: define<string>({
    key: 'table',
    variables: ['AWSPIP_TABLE'],
    doc: 'DynamoDB table of status records',
    fallback: 'awspip',
    projectFile: 'trusted',
    ...textValue,
  }),
  stateMachine: define<Optional<string>>({
    key: 'state-machine',
    variables: ['AWSPIP_STATE_MACHINE'],
    doc: 'ARN of the vetting workflow',
    fallback: undefined,
    projectFile: 'trusted',
    parse: (raw) => (/^arn:[a-z-]+:states:[^:]+:\d{12}:stateMachine:\S+$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'the ARN of a state machine',
  }),
  stack: define<Optional<'aws' | 'local'>>({
    key: 'stack',
    variables: ['AWSPIP_STACK'],
    doc: '`local` uses the local stack, also under `CI=true` (`embedded` is an alias); `aws` never uses it',
    fallback: undefined,
    fallbackDoc: '`aws` when a domain is set, else `local`',
    projectFile: 'no',
    parse: parseStack,
    expects: '`aws` or `local`',
  }),
  trustProject: define<boolean>({
    key: 'trust-project',
    variables: ['AWSPIP_TRUST_PROJECT'],
    doc: 'trust the project file without a question, for CI; see `awspip trust`',
    fallback: false,
    projectFile: 'no',
    userFile: false,
    parse: parseSwitch,
    expects: '`on` or `off`',
  }),
  python: define<Optional<string>>({
    key: 'python',
    variables: ['AWSPIP_PYTHON'],
    doc: 'Python interpreter whose pip runs',
    fallback: undefined,
    fallbackDoc: 'the active virtual environment, `python3`, `python`',
    projectFile: 'no',
    ...textValue,
  }),
  waitSeconds: define<number>({
    key: 'wait',
    variables: ['AWSPIP_WAIT'],
    doc: 'maximum time that a command waits for vetting and the local stack, in seconds',
    fallback: 900,
    projectFile: 'yes',
    parse: wholeNumberParser(0, 86_400),
    expects: 'whole seconds from 0 to 86400',
  }),
  freshness: define<number | 'off'>({
    key: 'freshness',
    variables: ['AWSPIP_FRESHNESS'],
    doc: 'hours after which an install without a version asks again, in the background, for releases that are newer than the vetted ones; `off`: never',
    fallback: 24,
    projectFile: 'yes',
    parse: (raw) => (raw.trim() === 'off' ? 'off' : wholeNumberParser(0, 8_760)(raw)),
    expects: 'whole hours from 0 to 8760, or `off`',
  }),
  newest: define<boolean>({
    key: 'newest',
    variables: ['AWSPIP_NEWEST'],
    doc: 'vet the newest releases that the requirements allow, and wait for them',
    fallback: false,
    projectFile: 'yes',
    parse: parseSwitch,
    expects: '`on` or `off`',
  }),
  report: define<Optional<string>>({
    key: 'report',
    variables: ['AWSPIP_REPORT'],
    doc: 'file for a JSON report of the run',
    fallback: undefined,
    projectFile: 'no',
    ...textValue,
  }),
  progress: define<'auto' | 'plain' | 'off'>({
    key: 'progress',
    variables: ['AWSPIP_PROGRESS'],
    doc: 'progress while waiting: `auto` (a spinner on a terminal, otherwise lines), `plain`, `off`',
    fallback: 'auto',
    projectFile: 'no',
    parse: (raw) => (raw === 'auto' || raw === 'plain' || raw === 'off' ? raw : undefined),
    expects: '`auto`, `plain` or `off`',
  }),
  tokenCache: define<'auto' | 'on' | 'off'>({
    key: 'token-cache',
    variables: ['AWSPIP_TOKEN_CACHE'],
    doc: 'keep CodeArtifact tokens in files that only you can read: `on`, `off`, or `auto` (not in CI, and not if the AWS credentials come from variables)',
    fallback: 'auto',
    projectFile: 'no',
    parse: parseAutoSwitch,
    expects: '`auto`, `on` or `off`',
  }),
  fileCache: define<number | 'off'>({
    key: 'file-cache',
    variables: ['AWSPIP_FILE_CACHE'],
    doc: 'size of the cache of vetted files that pip, uv and all projects share; `off`: nothing is kept',
    fallback: 2_000_000_000,
    fallbackDoc: '`2GB`',
    projectFile: 'no',
    parse: parseSize,
    expects: 'a size such as `2GB` or `500MB`, or `off`',
  }),
  endpoint: define<Optional<string>>({
    key: 'endpoint',
    variables: ['AWSPIP_ENDPOINT'],
    doc: 'repository endpoint, for VPC endpoints without private DNS or for `CODEARTIFACT_AUTH_TOKEN`',
    fallback: undefined,
    fallbackDoc: 'as CodeArtifact returns it',
    projectFile: 'no',
    ...urlValue,
  }),
  dualstack: define<Optional<boolean>>({
    key: 'dualstack',
    variables: ['AWSPIP_DUALSTACK', 'AWS_USE_DUALSTACK_ENDPOINT'],
    doc: 'use dual-stack endpoints (IPv4 and IPv6) of AWS and of the repository',
    fallback: undefined,
    fallbackDoc: "the profile's, else `off`",
    projectFile: 'yes',
    parse: parseSwitch,
    expects: '`on` or `off`',
  }),
  fips: define<Optional<boolean>>({
    key: 'fips',
    variables: ['AWSPIP_FIPS', 'AWS_USE_FIPS_ENDPOINT'],
    doc: 'use the FIPS endpoints of AWS',
    fallback: undefined,
    fallbackDoc: "the profile's, else `off`",
    projectFile: 'yes',
    parse: parseSwitch,
    expects: '`on` or `off`',
  }),
  codeartifactUrl: define<Optional<string>>({
    key: 'codeartifact-url',
    variables: ['AWSPIP_CODEARTIFACT_URL'],
    doc: 'endpoint URL of the CodeArtifact API, such as a VPC endpoint',
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_CODEARTIFACT`, else the region’s',
    projectFile: 'no',
    ...urlValue,
  }),
  dynamodbUrl: define<Optional<string>>({
    key: 'dynamodb-url',
    variables: ['AWSPIP_DYNAMODB_URL'],
    doc: 'endpoint URL of DynamoDB',
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_DYNAMODB`, else the region’s',
    projectFile: 'no',
    ...urlValue,
  }),
  stepFunctionsUrl: define<Optional<string>>({
    key: 'step-functions-url',
    variables: ['AWSPIP_STEP_FUNCTIONS_URL'],
    doc: 'endpoint URL of Step Functions',
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_SFN`, else the region’s',
    projectFile: 'no',
    ...urlValue,
  }),
  authorizationToken: define<Optional<string>>({
    key: 'authorization-token',
    variables: ['CODEARTIFACT_AUTH_TOKEN'],
    doc: 'CodeArtifact token to use instead of fetching one; pip never sees it',
    fallback: undefined,
    projectFile: 'no',
    secret: true,
    ...textValue,
  }),
  stateDirectory: define<Optional<string>>({
    key: 'state-directory',
    variables: ['AWSPIP_STATE_DIRECTORY'],
    doc: "folder for the local stack's data and for cached tokens",
    fallback: undefined,
    fallbackDoc: 'the platform’s folder for application state',
    projectFile: 'no',
    ...textValue,
  }),
  policy: define<Optional<string>>({
    key: 'policy',
    variables: ['AWSPIP_POLICY'],
    doc: 'policy file of the local stack’s firewall',
    fallback: undefined,
    fallbackDoc: 'the `recommended` policy',
    projectFile: 'no',
    ...textValue,
  }),
  slackWebhook: define<Optional<string>>({
    key: 'slack-webhook',
    variables: ['AWSPIP_SLACK_WEBHOOK_URL'],
    doc: 'Slack webhook that the local stack notifies of blocked packages and packages on hold',
    fallback: undefined,
    projectFile: 'no',
    secret: true,
    ...urlValue,
  }),
  webhookSecret: define<Optional<string>>({
    key: 'webhook-secret',
    variables: ['AWSPIP_WEBHOOK_SECRET'],
    doc: 'secret with which the local stack signs what it sends to `notify.webhook` of the policy',
    fallback: undefined,
    projectFile: 'no',
    secret: true,
    ...textValue,
  }),
  pypiUrl: define<string>({
    key: 'pypi-url',
    variables: ['AWSPIP_PYPI_URL'],
    doc: 'base URL of the PyPI JSON API',
    fallback: 'https://pypi.org',
    projectFile: 'no',
    ...urlValue,
  }),
  pypistatsUrl: define<string>({
    key: 'pypistats-url',
    variables: ['AWSPIP_PYPISTATS_URL'],
    doc: 'base URL of the pypistats API (download counts)',
    fallback: 'https://pypistats.org',
    projectFile: 'no',
    ...urlValue,
  }),
  githubUrl: define<string>({
    key: 'github-url',
    variables: ['AWSPIP_GITHUB_URL'],
    doc: 'base URL of the GitHub API',
    fallback: 'https://api.github.com',
    projectFile: 'no',
    ...urlValue,
  }),
  githubToken: define<Optional<string>>({
    key: 'github-token',
    variables: ['AWSPIP_GITHUB_TOKEN'],
    doc: 'GitHub token, for more than 60 requests an hour',
    fallback: undefined,
    projectFile: 'no',
    secret: true,
    ...textValue,
  }),
  depsDevUrl: define<string>({
    key: 'deps-dev-url',
    variables: ['AWSPIP_DEPS_DEV_URL'],
    doc: 'base URL of the deps.dev API',
    fallback: 'https://api.deps.dev',
    projectFile: 'no',
    ...urlValue,
  }),
  osvUrl: define<string>({
    key: 'osv-url',
    variables: ['AWSPIP_OSV_URL'],
    doc: 'base URL of the OSV API (advisories)',
    fallback: 'https://api.osv.dev',
    projectFile: 'no',
    ...urlValue,
  }),
  open: define<Optional<string>>({
    key: 'open',
    variables: ['AWSPIP_OPEN'],
    doc: 'unvetted sources to allow in addition to your own project: comma-separated folders and prefixes of `git+https://…` URLs',
    fallback: undefined,
    fallbackDoc: 'none',
    projectFile: 'no',
    ...textValue,
  }),
  keepVariables: define<readonly string[]>({
    key: 'keep-variables',
    variables: ['AWSPIP_KEEP_VARIABLES'],
    doc: 'comma-separated `AWS_*` variables, or `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, that pip and the builds it runs may see; awspip removes all others',
    fallback: [],
    fallbackDoc: 'none',
    projectFile: 'no',
    parse: (raw) => {
      const names = raw.split(/[\s,]+/).filter(Boolean);
      return names.every((name) => /^(?:AWS_\w+|ACTIONS_ID_TOKEN_REQUEST_TOKEN)$/.test(name)) ? names : undefined;
    },
    expects: 'comma-separated names of `AWS_…` variables or `ACTIONS_ID_TOKEN_REQUEST_TOKEN`',
  }),
  sandbox: define<'auto' | 'on' | 'off'>({
    key: 'sandbox',
    variables: ['AWSPIP_SANDBOX'],
    doc: 'run pip, other installers and their builds without credentials and network (Linux with bubblewrap): `on`, `off`, or `auto` (where possible)',
    fallback: 'off',
    projectFile: 'no',
    parse: parseAutoSwitch,
    expects: '`on`, `off` or `auto`',
  }),
  idleMinutes: define<number>({
    key: 'idle-minutes',
    variables: ['AWSPIP_IDLE_MINUTES'],
    doc: 'minutes without a request after which the local stack stops',
    fallback: 30,
    projectFile: 'no',
    parse: wholeNumberParser(1, 10_080),
    expects: 'whole minutes from 1 to 10080',
  }),
} as const;

export type SettingName = keyof typeof settings;

/** The values of all settings. */
export type Settings = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer T> ? T : never;
};
