import { stackOf, switchOf, text, url, wholeNumber } from './parse.ts';

/** One setting: where it may be said, what it means, and what holds when nobody says anything. */
export type Setting<T> = {
  /** Name of the flag after `--awspip-`, and the key in the files. */
  readonly key: string;
  /** Variables read, first one first. */
  readonly variables: readonly string[];
  readonly doc: string;
  readonly fallback: T;
  /** Shown in the table instead of the fallback. */
  readonly fallbackDoc?: string;
  readonly parse: (raw: string) => T | undefined;
  /** What `parse` accepts, for its error message. */
  readonly expects: string;
  /** False for what a checked-out project must not decide: where verdicts come from, and what runs. */
  readonly projectFile: boolean;
  /**
   * True for what names the vetted repository: once the user names its domain, a project cannot lead elsewhere. A
   * checked-out file could name a repository that nobody vets, in a domain of a stranger's or of one's own.
   */
  readonly gate?: true;
  /** True: never printed. */
  readonly secret?: true;
};

type Optional<T> = T | undefined;

const define = <T>(setting: Setting<T>): Setting<T> => setting;

const aText = { parse: text, expects: 'a text' } as const;
const aUrl = { parse: url, expects: 'an http(s) address' } as const;

/** Every setting, once. Flags, variables, files and the README's table all come from here. */
export const settings = {
  domain: define<Optional<string>>({
    key: 'domain',
    variables: ['AWSPIP_DOMAIN'],
    doc: 'CodeArtifact domain; setting it anywhere means AWS, never the local stack',
    fallback: undefined,
    projectFile: true,
    gate: true,
    ...aText,
  }),
  domainOwner: define<Optional<string>>({
    key: 'domain-owner',
    variables: ['AWSPIP_DOMAIN_OWNER'],
    doc: 'account that owns the domain, 12 digits; needed across accounts',
    fallback: undefined,
    projectFile: true,
    gate: true,
    parse: (raw) => (/^\d{12}$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'an account number of 12 digits',
  }),
  repository: define<string>({
    key: 'repository',
    variables: ['AWSPIP_REPOSITORY'],
    doc: 'CodeArtifact repository of vetted packages',
    fallback: 'secure-pypi',
    projectFile: true,
    gate: true,
    ...aText,
  }),
  region: define<Optional<string>>({
    key: 'region',
    variables: ['AWSPIP_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
    doc: 'AWS region',
    fallback: undefined,
    fallbackDoc: "the profile's",
    projectFile: true,
    parse: (raw) => (/^[a-z]{2}(-[a-z]+)+-\d$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'a region such as `eu-west-1`',
  }),
  profile: define<Optional<string>>({
    key: 'profile',
    variables: ['AWSPIP_PROFILE'],
    doc: 'AWS profile',
    fallback: undefined,
    fallbackDoc: '`AWS_PROFILE`, else the default chain',
    projectFile: true,
    ...aText,
  }),
  table: define<string>({
    key: 'table',
    variables: ['AWSPIP_TABLE'],
    doc: 'DynamoDB table of status records',
    fallback: 'awspip',
    projectFile: true,
    ...aText,
  }),
  stateMachine: define<Optional<string>>({
    key: 'state-machine',
    variables: ['AWSPIP_STATE_MACHINE'],
    doc: 'ARN of the vetting workflow',
    fallback: undefined,
    projectFile: true,
    parse: (raw) => (/^arn:[a-z-]+:states:[^:]+:\d{12}:stateMachine:\S+$/.test(raw.trim()) ? raw.trim() : undefined),
    expects: 'the ARN of a state machine',
  }),
  stack: define<Optional<'aws' | 'local'>>({
    key: 'stack',
    variables: ['AWSPIP_STACK'],
    doc: '`local` uses the local stack, also under `CI=true` (`embedded` means the same); `aws` never uses it',
    fallback: undefined,
    fallbackDoc: '`aws` when a domain is set, else `local`',
    projectFile: false,
    parse: stackOf,
    expects: '`aws` or `local`',
  }),
  python: define<Optional<string>>({
    key: 'python',
    variables: ['AWSPIP_PYTHON'],
    doc: 'interpreter whose pip runs',
    fallback: undefined,
    fallbackDoc: 'the active virtual environment, `python3`, `python`',
    projectFile: false,
    ...aText,
  }),
  waitSeconds: define<number>({
    key: 'wait',
    variables: ['AWSPIP_WAIT'],
    doc: 'longest wait for a verdict, in seconds',
    fallback: 900,
    projectFile: true,
    parse: wholeNumber(0, 86_400),
    expects: 'whole seconds from 0 to 86400',
  }),
  report: define<Optional<string>>({
    key: 'report',
    variables: ['AWSPIP_REPORT'],
    doc: 'file to write one JSON document of what happened to',
    fallback: undefined,
    projectFile: false,
    ...aText,
  }),
  progress: define<'auto' | 'plain' | 'off'>({
    key: 'progress',
    variables: ['AWSPIP_PROGRESS'],
    doc: 'how waiting is shown: `auto` (a spinner on a terminal, else lines), `plain`, `off`',
    fallback: 'auto',
    projectFile: false,
    parse: (raw) => (raw === 'auto' || raw === 'plain' || raw === 'off' ? raw : undefined),
    expects: '`auto`, `plain` or `off`',
  }),
  tokenCache: define<boolean>({
    key: 'token-cache',
    variables: ['AWSPIP_TOKEN_CACHE'],
    doc: 'keep CodeArtifact tokens on disk (files only you can read) until shortly before they lapse',
    fallback: true,
    projectFile: false,
    parse: switchOf,
    expects: '`on` or `off`',
  }),
  endpoint: define<Optional<string>>({
    key: 'endpoint',
    variables: ['AWSPIP_ENDPOINT'],
    doc: 'endpoint of the repository, for VPC endpoints without private DNS or a token from elsewhere',
    fallback: undefined,
    fallbackDoc: "CodeArtifact's answer",
    projectFile: false,
    ...aUrl,
  }),
  dualstack: define<Optional<boolean>>({
    key: 'dualstack',
    variables: ['AWSPIP_DUALSTACK', 'AWS_USE_DUALSTACK_ENDPOINT'],
    doc: 'reach AWS and the repository over IPv6 as well as IPv4',
    fallback: undefined,
    fallbackDoc: "the profile's, else `off`",
    projectFile: true,
    parse: switchOf,
    expects: '`on` or `off`',
  }),
  fips: define<Optional<boolean>>({
    key: 'fips',
    variables: ['AWSPIP_FIPS', 'AWS_USE_FIPS_ENDPOINT'],
    doc: "reach AWS's API at its FIPS endpoints",
    fallback: undefined,
    fallbackDoc: "the profile's, else `off`",
    projectFile: true,
    parse: switchOf,
    expects: '`on` or `off`',
  }),
  codeartifactUrl: define<Optional<string>>({
    key: 'codeartifact-url',
    variables: ['AWSPIP_CODEARTIFACT_URL'],
    doc: "address of CodeArtifact's API, such as a VPC endpoint's",
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_CODEARTIFACT`, else the region’s',
    projectFile: false,
    ...aUrl,
  }),
  dynamodbUrl: define<Optional<string>>({
    key: 'dynamodb-url',
    variables: ['AWSPIP_DYNAMODB_URL'],
    doc: 'address of DynamoDB',
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_DYNAMODB`, else the region’s',
    projectFile: false,
    ...aUrl,
  }),
  stepFunctionsUrl: define<Optional<string>>({
    key: 'step-functions-url',
    variables: ['AWSPIP_STEP_FUNCTIONS_URL'],
    doc: 'address of Step Functions',
    fallback: undefined,
    fallbackDoc: '`AWS_ENDPOINT_URL_SFN`, else the region’s',
    projectFile: false,
    ...aUrl,
  }),
  authorizationToken: define<Optional<string>>({
    key: 'authorization-token',
    variables: ['CODEARTIFACT_AUTH_TOKEN'],
    doc: 'a CodeArtifact token from elsewhere, used as it is and kept from pip',
    fallback: undefined,
    projectFile: false,
    secret: true,
    ...aText,
  }),
  stateDirectory: define<Optional<string>>({
    key: 'state-directory',
    variables: ['AWSPIP_STATE_DIRECTORY'],
    doc: 'folder of the local stack and of cached tokens',
    fallback: undefined,
    fallbackDoc: 'the platform’s folder for application state',
    projectFile: false,
    ...aText,
  }),
  policy: define<Optional<string>>({
    key: 'policy',
    variables: ['AWSPIP_POLICY'],
    doc: 'policy file of the local stack’s firewall',
    fallback: undefined,
    fallbackDoc: 'the `recommended` policy',
    projectFile: false,
    ...aText,
  }),
  slackWebhook: define<Optional<string>>({
    key: 'slack-webhook',
    variables: ['AWSPIP_SLACK_WEBHOOK_URL'],
    doc: 'Slack webhook that the local stack tells of refusals',
    fallback: undefined,
    projectFile: false,
    secret: true,
    ...aUrl,
  }),
  pypiUrl: define<string>({
    key: 'pypi-url',
    variables: ['AWSPIP_PYPI_URL'],
    doc: 'base address of the PyPI JSON API',
    fallback: 'https://pypi.org',
    projectFile: false,
    ...aUrl,
  }),
  pypistatsUrl: define<string>({
    key: 'pypistats-url',
    variables: ['AWSPIP_PYPISTATS_URL'],
    doc: 'base address of the download statistics',
    fallback: 'https://pypistats.org',
    projectFile: false,
    ...aUrl,
  }),
  githubUrl: define<string>({
    key: 'github-url',
    variables: ['AWSPIP_GITHUB_URL'],
    doc: 'base address of the GitHub API',
    fallback: 'https://api.github.com',
    projectFile: false,
    ...aUrl,
  }),
  githubToken: define<Optional<string>>({
    key: 'github-token',
    variables: ['AWSPIP_GITHUB_TOKEN'],
    doc: 'GitHub token, for more than 60 questions an hour',
    fallback: undefined,
    projectFile: false,
    secret: true,
    ...aText,
  }),
  depsDevUrl: define<string>({
    key: 'deps-dev-url',
    variables: ['AWSPIP_DEPS_DEV_URL'],
    doc: 'base address of deps.dev',
    fallback: 'https://api.deps.dev',
    projectFile: false,
    ...aUrl,
  }),
  osvUrl: define<string>({
    key: 'osv-url',
    variables: ['AWSPIP_OSV_URL'],
    doc: 'base address of the OSV advisories',
    fallback: 'https://api.osv.dev',
    projectFile: false,
    ...aUrl,
  }),
  open: define<Optional<string>>({
    key: 'open',
    variables: ['AWSPIP_OPEN'],
    doc: 'what may come in unvetted besides the own project: folders and beginnings of `git+https://…` addresses, parted by commas',
    fallback: undefined,
    fallbackDoc: 'nothing',
    projectFile: false,
    ...aText,
  }),
  keepVariables: define<readonly string[]>({
    key: 'keep-variables',
    variables: ['AWSPIP_KEEP_VARIABLES'],
    doc: '`AWS_*` variables that pip and the builds it runs may see, parted by commas; all others are kept from them',
    fallback: [],
    fallbackDoc: 'none',
    projectFile: false,
    parse: (raw) => {
      const names = raw.split(/[\s,]+/).filter(Boolean);
      return names.every((name) => /^AWS_\w+$/.test(name)) ? names : undefined;
    },
    expects: 'names of `AWS_…` variables, parted by commas',
  }),
  idleMinutes: define<number>({
    key: 'idle-minutes',
    variables: ['AWSPIP_IDLE_MINUTES'],
    doc: 'minutes without a call after which the local stack ends itself',
    fallback: 30,
    projectFile: false,
    parse: wholeNumber(1, 10_080),
    expects: 'whole minutes from 1 to 10080',
  }),
} as const;

export type SettingName = keyof typeof settings;

/** Every setting's value. */
export type Settings = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer T> ? T : never;
};
