import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { codeArtifactRegions } from './regions.ts';

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be an account number of 12 digits'));
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
      v.regex(/^(?!aws|amazon|amzn|ssm)[a-z][a-z0-9-]{1,29}$/, 'must not begin with `aws`: Systems Manager forbids it'),
    ),
    'supply-chain-defender',
  ),
  domain: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/)), 'awspip'),
  /** The account that owns the domain, if it is a different one. The domain must exist then. */
  domainOwner: v.optional(account),
  /** Uses an existing domain instead of creating one. */
  existingDomain: v.optional(booleanOption, false),
  /** Uses three existing repositories instead of creating them. */
  existingRepositories: v.optional(booleanOption, false),
  existingTable: v.optional(booleanOption, false),
  secureRepository: v.optional(repository, 'secure-pypi'),
  installRepository: v.optional(repository, 'package-install'),
  storeRepository: v.optional(repository, 'pypi-store'),
  table: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{3,255}$/)), 'awspip'),
  /** Creates origin controls for every Python package of the domain; by default only for a new domain. */
  packageGroups: v.optional(booleanOption),
  /** A company's own projects, which are never imported from a public index. */
  internalNames: v.optional(listOf(projectPattern), []),
  /** Other accounts that may install from secure-pypi. */
  readerAccounts: v.optional(listOf(account), []),
  ingest: v.optional(v.picklist(['lambda', 'ssm']), 'lambda'),
  /** Creates a trail. CodeArtifact's reads reach EventBridge only through a trail. */
  trail: v.optional(booleanOption, true),
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
  /** The SNS topic that receives the alarms. */
  alarmTopicArn: v.optional(v.pipe(v.string(), v.regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:\S+$/))),
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
export type InfraOptions = Omit<ParsedOptions, 'packageGroups'> & { readonly packageGroups: boolean };

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
  const parsed = result.output;
  const existingDomain = parsed.existingDomain || parsed.domainOwner !== undefined;
  const conflicts = conflictsOf({ ...parsed, existingDomain });
  if (conflicts.length > 0) throw invalid(conflicts);
  return { ...parsed, existingDomain, packageGroups: parsed.packageGroups ?? !existingDomain };
}

function conflictsOf(parsed: ParsedOptions): string[] {
  const { existingRepositories, existingDomain, vpcId, subnetIds, securityGroupIds, availabilityZones } = parsed;
  const names = [parsed.secureRepository, parsed.installRepository, parsed.storeRepository];
  return [
    ...(new Set(names).size < names.length ? ['the three repositories must have different names'] : []),
    ...(existingRepositories && !existingDomain ? ['existingRepositories: needs existingDomain'] : []),
    ...(parsed.internalNames.length > 0 && !(parsed.packageGroups ?? !existingDomain)
      ? ['internalNames: needs packageGroups, which block these names in an existing domain']
      : []),
    ...(vpcId !== undefined && (subnetIds.length === 0 || securityGroupIds.length === 0)
      ? ['vpcId: needs subnetIds and securityGroupIds']
      : []),
    ...(vpcId !== undefined && availabilityZones.length !== subnetIds.length
      ? ['availabilityZones: needs one zone for each of subnetIds']
      : []),
  ];
}

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'infra-options',
    `the deployment options are invalid\n${lines.map((line) => `  ${line}`).join('\n')}`,
    {
      exit: 'configuration',
      hint: 'set options with `-c name=value`; src/infra/README.md describes them',
    },
  );
}
