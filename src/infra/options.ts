import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { codeArtifactRegions } from './regions.ts';

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be an account number of 12 digits'));
const repository = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/, 'must be a repository name'));
const projectPattern = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*~?$/, 'must be a normalised project name, or its beginning followed by `~`'),
);
/** From the command line everything is text: `-c trail=false`, `-c internalNames=one,two~`. */
const yes = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])]),
  v.transform((said) => said === true || said === 'true'),
);
const count = (min: number, max: number) =>
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
    v.transform((said) => (typeof said === 'string' ? said.split(',').map((one) => one.trim()) : said)),
    v.transform((said) => said.filter((one) => one !== '')),
    v.array(item),
  );
const address = v.pipe(
  v.string(),
  v.check((text) => text === '' || /^https?:\/\/[^\s]+$/.test(text), 'must be an http(s) address, or empty for none'),
);

const schema = v.object({
  /** Name of the stack, and what its resources' names begin with. */
  name: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?!aws|amazon|amzn|ssm)[a-z][a-z0-9-]{1,29}$/, 'must not begin with `aws`: Systems Manager forbids it'),
    ),
    'supply-chain-defender',
  ),
  domain: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/)), 'awspip'),
  /** Account that owns the domain, when it is another one: then the domain exists. */
  domainOwner: v.optional(account),
  /** The domain is there already: it is used, not made. */
  existingDomain: v.optional(yes, false),
  /** All three repositories are there already. */
  existingRepositories: v.optional(yes, false),
  existingTable: v.optional(yes, false),
  secureRepository: v.optional(repository, 'secure-pypi'),
  installRepository: v.optional(repository, 'package-install'),
  storeRepository: v.optional(repository, 'pypi-store'),
  table: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{3,255}$/)), 'awspip'),
  /** Origin controls on every Python package of the domain; by default only where the domain is made here. */
  packageGroups: v.optional(yes),
  /** A company's own projects: nothing of that name ever comes from outside. */
  internalNames: v.optional(listOf(projectPattern), []),
  /** Accounts whose people and pipelines install from secure-pypi, beside this one. */
  readerAccounts: v.optional(listOf(account), []),
  ingest: v.optional(v.picklist(['lambda', 'ssm']), 'lambda'),
  /** Make a trail: CodeArtifact's reads reach EventBridge only where one is. */
  trail: v.optional(yes, true),
  /** The 404 event as a second way to start a vetting, for plain pip. */
  missingEvents: v.optional(yes, true),
  /** Vettings that events may start in a minute: anyone who may read can make up names. */
  eventsPerMinute: v.optional(count(1, 1000), 30),
  recheckHours: v.optional(count(1, 168), 24),
  logDays: v.optional(count(1, 3653), 90),
  /** Off for accounts whose quota of concurrent executions leaves nothing to reserve. */
  reservedConcurrency: v.optional(yes, true),
  /** Where the closure of a request is read: any index of PEP 503 or 691. */
  upstreamIndex: v.optional(v.pipe(address, v.minLength(1)), 'https://pypi.org/simple/'),
  /** Base addresses of the signals; an empty one switches that source off. */
  pypiUrl: v.optional(address, 'https://pypi.org'),
  pypistatsUrl: v.optional(address, 'https://pypistats.org'),
  githubUrl: v.optional(address, 'https://api.github.com'),
  depsDevUrl: v.optional(address, 'https://api.deps.dev'),
  osvUrl: v.optional(address, 'https://api.osv.dev'),
  /** HTTP proxy by which the functions reach the world outside AWS. */
  proxyUrl: v.optional(address, ''),
  /** An own network for the functions: id, subnets, security groups. */
  vpcId: v.optional(v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]+$/))),
  subnetIds: v.optional(listOf(v.pipe(v.string(), v.regex(/^subnet-[0-9a-f]+$/))), []),
  availabilityZones: v.optional(listOf(v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/))), []),
  securityGroupIds: v.optional(listOf(v.pipe(v.string(), v.regex(/^sg-[0-9a-f]+$/))), []),
  /** SNS topic that alarms speak to. */
  alarmTopicArn: v.optional(v.pipe(v.string(), v.regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:\S+$/))),
  /** What was vetted and why stays when the stack goes. */
  keep: v.optional(yes, true),
  account: v.optional(account),
  region: v.optional(
    v.picklist(
      codeArtifactRegions,
      ({ input }) => `${input} has no CodeArtifact, which is offered in ${codeArtifactRegions.join(', ')}`,
    ),
  ),
});

type Read = v.InferOutput<typeof schema>;

/** What can be decided about a deployment; each one a context value of the CDK app (`-c name=value`). */
export type InfraOptions = Omit<Read, 'packageGroups'> & { readonly packageGroups: boolean };

/** What a caller may say; the rest is as usual. */
export type GivenOptions = v.InferInput<typeof schema>;

/** Names of everything that may be said. */
export const optionNames = Object.keys(schema.entries) as readonly (keyof GivenOptions)[];

/**
 * Reads options as they were said.
 *
 * @throws AwspipError `infra-options` (configuration), naming each that makes no sense
 */
export function readOptions(given: GivenOptions): InfraOptions {
  const result = v.safeParse(schema, given);
  if (!result.success) throw invalid(result.issues.map((issue) => `${String(issue.path?.[0]?.key)}: ${issue.message}`));
  const read = result.output;
  const existingDomain = read.existingDomain || read.domainOwner !== undefined;
  const conflicts = conflictsOf({ ...read, existingDomain });
  if (conflicts.length > 0) throw invalid(conflicts);
  return { ...read, existingDomain, packageGroups: read.packageGroups ?? !existingDomain };
}

function conflictsOf(read: Read): string[] {
  const { existingRepositories, existingDomain, vpcId, subnetIds, securityGroupIds, availabilityZones } = read;
  const names = [read.secureRepository, read.installRepository, read.storeRepository];
  return [
    ...(new Set(names).size < names.length ? ['the three repositories must have different names'] : []),
    ...(existingRepositories && !existingDomain ? ['existingRepositories: they lie in an existing domain'] : []),
    ...(read.internalNames.length > 0 && !(read.packageGroups ?? !existingDomain)
      ? [
          'internalNames: nothing would keep them out of a domain whose package groups are left alone; say packageGroups',
        ]
      : []),
    ...(vpcId !== undefined && (subnetIds.length === 0 || securityGroupIds.length === 0)
      ? ['vpcId: needs subnetIds and securityGroupIds too']
      : []),
    ...(vpcId !== undefined && availabilityZones.length !== subnetIds.length
      ? ['availabilityZones: one for each of subnetIds']
      : []),
  ];
}

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'infra-options',
    `this deployment cannot be made\n${lines.map((one) => `  ${one}`).join('\n')}`,
    {
      exit: 'configuration',
      hint: 'say it with `-c name=value`; src/infra/README.md lists them',
    },
  );
}
