import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { internalOverlap } from '../firewall/indexes-schema.ts';
import { indexesOption } from './index-options.ts';
import { globOf } from './internal-names.ts';
import { codeArtifactRegions } from './regions.ts';

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be an account number of 12 digits'));
const roleArn = v.pipe(
  v.string(),
  v.regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of a role, without wildcards'),
);
const identityPattern = v.pipe(
  v.string(),
  v.regex(
    /^arn:[a-z-]+:iam::\d{12}:(role|user)\/[\w+=,.@/*-]*\w[\w+=,.@/*-]*$/,
    'must be the ARN of a role or user, in which `*` stands for any characters',
  ),
);
const repository = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/, 'must be a repository name'));
const projectPattern = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*~?$/, 'must be a normalised project name, or its beginning followed by `~`'),
);
/** Values from the command line are strings: `-c trail=false`, `-c internalNames=one,two~`. */
const booleanOption = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])]),
  v.transform((value) => value === true || value === 'true'),
);
const integerOption = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.string()]),
    v.transform(Number),
    v.number(),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );
const listOf = <T extends v.GenericSchema<string, string>>(item: T) =>
  v.pipe(
    v.union([v.array(v.string()), v.string()]),
    v.transform((value) => (typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value)),
    v.transform((value) => value.filter((text) => text !== '')),
    v.array(item),
  );
const address = v.pipe(
  v.string(),
  v.check((text) => text === '' || /^https?:\/\/[^\s]+$/.test(text), 'must be an http(s) address, or empty for none'),
);

const schema = v.object({
  /** The name of the stack and the prefix of its resources' names. */
  name: v.optional(
    v.pipe(
      v.string(),
      // The names of roles (64 characters) and of the policy bucket (63) consist of it, an account and a region.
      v.regex(
        /^(?!aws|amazon|amzn|ssm)[a-z][a-z0-9-]{1,27}$/,
        'must have 2 to 28 characters and not begin with `aws`: Systems Manager forbids it',
      ),
    ),
    'supply-chain-defender',
  ),
  domain: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/)), 'awspip'),
  /** The account that owns the domain, if it is a different one. The domain must exist then. */
  domainOwner: v.optional(account),
  /** Uses an existing domain instead of creating one. */
  existingDomain: v.optional(booleanOption, false),
  /** Uses an existing repository instead of creating it, and manages its policy. */
  existingSecureRepository: v.optional(booleanOption),
  existingInstallRepository: v.optional(booleanOption),
  existingStoreRepository: v.optional(booleanOption),
  /** The default of the three options above. */
  existingRepositories: v.optional(booleanOption, false),
  existingTable: v.optional(booleanOption, false),
  /** The name of an existing bucket of the policy file, in this account. */
  existingPolicyBucket: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/))),
  secureRepository: v.optional(repository, 'secure-pypi'),
  installRepository: v.optional(repository, 'package-install'),
  storeRepository: v.optional(repository, 'pypi-store'),
  table: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{3,255}$/)), 'awspip'),
  /** Creates origin controls for every Python package of the domain; by default only for a new domain. */
  packageGroups: v.optional(booleanOption),
  /** A company's own projects, which are never imported from a public index. */
  internalNames: v.optional(listOf(projectPattern), []),
  /** Further indexes, each for its own names, which no public repository then supplies. */
  indexes: v.optional(indexesOption, []),
  /** The roles that publish the projects of `internalNames` to secure-pypi. */
  publishers: v.optional(listOf(roleArn), []),
  /** Identities that may change the repositories in addition to the deployment's role and the account's root user. */
  administrators: v.optional(listOf(identityPattern), []),
  /** Denies everyone but the workflow reading package-install and pypi-store, also if other policies allow it. */
  denyReading: v.optional(booleanOption, true),
  /** Other accounts that may install from secure-pypi. */
  readerAccounts: v.optional(listOf(account), []),
  /** The organization whose accounts may install from secure-pypi. */
  readerOrganization: v.optional(v.pipe(v.string(), v.regex(/^o-[a-z0-9]{10,32}$/, 'must be like `o-a1b2c3d4e5`'))),
  /** The customer managed key that encrypts what the stack creates; absent for keys of AWS. */
  kmsKeyArn: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/(mrk-)?[0-9a-f-]{32,36}$/,
        'must be the ARN of a key, not an alias',
      ),
    ),
  ),
  ingest: v.optional(v.picklist(['lambda', 'ssm']), 'lambda'),
  /** Creates a trail, for accounts without one. CodeArtifact's reads reach EventBridge only through a trail. */
  trail: v.optional(booleanOption, false),
  /** Lets the 404 event of plain pip start a vetting. */
  missingEvents: v.optional(booleanOption, true),
  /** Vettings that events start per minute at the most, because any reader can make up names. */
  eventsPerMinute: v.optional(integerOption(1, 1000), 30),
  recheckHours: v.optional(integerOption(1, 168), 24),
  logDays: v.optional(integerOption(1, 3653), 90),
  /** False for accounts whose concurrency quota leaves nothing to reserve. */
  reservedConcurrency: v.optional(booleanOption, true),
  /** The index that the resolver reads, by PEP 503 or 691. */
  upstreamIndex: v.optional(v.pipe(address, v.minLength(1)), 'https://pypi.org/simple/'),
  /** Base addresses of the signal sources; an empty one disables the source. */
  pypiUrl: v.optional(address, 'https://pypi.org'),
  pypistatsUrl: v.optional(address, 'https://pypistats.org'),
  githubUrl: v.optional(address, 'https://api.github.com'),
  depsDevUrl: v.optional(address, 'https://api.deps.dev'),
  osvUrl: v.optional(address, 'https://api.osv.dev'),
  /** The HTTP proxy through which the functions reach hosts outside AWS. */
  proxyUrl: v.optional(address, ''),
  /** An existing VPC for the functions: id, subnets, security groups. */
  vpcId: v.optional(v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]+$/))),
  subnetIds: v.optional(listOf(v.pipe(v.string(), v.regex(/^subnet-[0-9a-f]+$/))), []),
  availabilityZones: v.optional(listOf(v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/))), []),
  securityGroupIds: v.optional(listOf(v.pipe(v.string(), v.regex(/^sg-[0-9a-f]+$/))), []),
  /** The SNS topic that receives the notices about holds and blocks. */
  noticeTopicArn: v.optional(v.pipe(v.string(), v.regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:\S+$/))),
  /** The SNS topic that receives the alarms. */
  alarmTopicArn: v.optional(v.pipe(v.string(), v.regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:\S+$/))),
  /** The address that receives the alarms, after it has confirmed the subscription. */
  alarmEmail: v.optional(v.pipe(v.string(), v.regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address'))),
  /** Retains the repositories, records and policy when the stack is deleted. */
  keep: v.optional(booleanOption, true),
  account: v.optional(account),
  region: v.optional(
    v.picklist(
      codeArtifactRegions,
      ({ input }) => `${input} has no CodeArtifact, which is available in ${codeArtifactRegions.join(', ')}`,
    ),
  ),
});

type ParsedOptions = v.InferOutput<typeof schema>;

/** The options of a deployment, each a context value of the CDK app (`-c name=value`). */
export type InfraOptions = Omit<ParsedOptions, 'packageGroups' | RepositorySwitch | 'existingRepositories'> & {
  readonly packageGroups: boolean;
} & Readonly<Record<RepositorySwitch, boolean>>;

const repositorySwitches = [
  'existingSecureRepository',
  'existingInstallRepository',
  'existingStoreRepository',
] as const;
type RepositorySwitch = (typeof repositorySwitches)[number];

/** The options as a caller sets them. The others have defaults. */
export type OptionInput = v.InferInput<typeof schema>;

/** The names of all options. */
export const optionNames = Object.keys(schema.entries) as readonly (keyof OptionInput)[];

/**
 * Parses and checks options.
 *
 * @throws AwspipError `infra-options` (`configuration`), with every invalid option
 */
export function readOptions(input: OptionInput): InfraOptions {
  const result = v.safeParse(schema, input);
  if (!result.success) throw invalid(result.issues.map((issue) => `${String(issue.path?.[0]?.key)}: ${issue.message}`));
  const { existingRepositories, ...parsed } = result.output;
  const existingDomain = parsed.existingDomain || parsed.domainOwner !== undefined;
  const switches = Object.fromEntries(
    repositorySwitches.map((name) => [name, parsed[name] ?? existingRepositories]),
  ) as Record<RepositorySwitch, boolean>;
  const packageGroups = parsed.packageGroups ?? !existingDomain;
  const options = { ...parsed, ...switches, existingDomain, packageGroups };
  const conflicts = conflictsOf(options);
  if (conflicts.length > 0) throw invalid(conflicts);
  return options;
}

function conflictsOf(options: InfraOptions): string[] {
  const { existingDomain, vpcId, subnetIds, securityGroupIds, availabilityZones } = options;
  const names = [options.secureRepository, options.installRepository, options.storeRepository];
  return [
    ...(new Set(names).size < names.length ? ['the three repositories must have different names'] : []),
    ...(existingDomain
      ? []
      : repositorySwitches.filter((name) => options[name]).map((name) => `${name}: needs existingDomain`)),
    ...(options.internalNames.length > 0 && !options.packageGroups
      ? ['internalNames: needs packageGroups, which block these names in an existing domain']
      : []),
    ...(options.indexes.length > 0 && !options.packageGroups
      ? ['indexes: needs packageGroups, which block these names of public repositories in an existing domain']
      : []),
    ...(options.indexes.length > 0 && options.ingest === 'ssm'
      ? ['indexes: needs ingest=lambda, because the isolated instance reads package-install only']
      : []),
    ...sharedNames(options),
    ...(options.publishers.length > 0 && options.internalNames.length === 0
      ? ['publishers: needs internalNames, the only projects that can be published']
      : []),
    ...(vpcId !== undefined && (subnetIds.length === 0 || securityGroupIds.length === 0)
      ? ['vpcId: needs subnetIds and securityGroupIds']
      : []),
    ...(vpcId !== undefined && availabilityZones.length !== subnetIds.length
      ? ['availabilityZones: needs one zone for each of subnetIds']
      : []),
  ];
}

function sharedNames({ indexes, internalNames }: InfraOptions): string[] {
  const overlap = internalOverlap(indexes, internalNames.map(globOf));
  return overlap === undefined ? [] : [`indexes: ${overlap}`];
}

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'infra-options',
    `the deployment options are invalid\n${lines.map((line) => `  ${line}`).join('\n')}`,
    {
      exit: 'configuration',
      hint: 'set options with `-c name=value`; docs/aws/deploy.md describes them',
    },
  );
}
