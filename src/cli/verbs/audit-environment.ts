import { type Command, Option } from 'commander';
import { auditPackages } from '../../review/audit-environment.ts';
import { attestation, cyclonedx } from '../../review/sbom.ts';
import { fallbackFile, sourceRoot } from '../../review/source-root.ts';
import type { ReviewService } from '../../review/types.ts';
import { decideMode, type Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { type AuditResult, auditJson, auditJunit, auditResult, auditSarif, auditText } from '../review/audit-result.ts';
import { plainStyle } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';
import { writeResult } from './write-result.ts';

type AuditFlags = {
  readonly format: 'text' | 'json' | 'sarif' | 'junit' | 'cyclonedx';
  readonly json?: boolean;
  readonly output?: string;
  readonly python?: string;
  readonly feeds: boolean;
};
type SbomFlags = Pick<AuditFlags, 'output' | 'python' | 'feeds'> & { readonly attest?: boolean };

const pythonOption = [
  '--python <path>',
  'interpreter or folder of the environment; the active one by default',
] as const;

/** Adds `awspip audit-environment` and `awspip sbom`. `end` is called with the exit code. */
export function addAuditEnvironment(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (exitCode: number) => void,
): void {
  const { cwd, version } = context;
  const mode = () => decideMode(resolved, context.environment.CI);
  program
    .command('audit-environment')
    .summary(verbSummaries['audit-environment'])
    .description(
      'Compares every package of an environment with the records, the malware feed and the policy: packages that were never vetted, that are blocked, denied, on hold or known malware by now, and files that changed since their installation. Exits with 10 for such a package, with 11 if some are only on hold, and with 69 if a feed gave no answer.',
    )
    .addOption(
      new Option('--format <format>', 'output format')
        .choices(['text', 'json', 'sarif', 'junit', 'cyclonedx'])
        .default('text'),
    )
    .option('--json', 'same as `--format json`')
    .option('--output <file>', 'write to a file instead of stdout')
    .option(...pythonOption)
    .option('--no-feeds', 'do not ask the malware feed')
    .action(async (flags: AuditFlags) => {
      const stack = mode();
      const { result, service } = await audit(stack, flags, resolved, context);
      const format = flags.json === true ? 'json' : flags.format;
      const summary = auditText(result, service.now(), context.terminal.style);
      await writeResult(await auditDocument(format), flags.output, context, summary);
      end(result.exitCode);

      async function auditDocument(wanted: AuditFlags['format']): Promise<string> {
        switch (wanted) {
          case 'text':
            return auditText(
              result,
              service.now(),
              flags.output === undefined ? context.terminal.stdoutStyle : plainStyle,
            );
          case 'json':
            return auditJson(result, { version, stack });
          case 'sarif':
            return auditSarif(result, { version, cwd, root: sourceRoot(cwd), fallback: fallbackFile([], cwd) });
          case 'junit':
            return auditJunit(result);
          case 'cyclonedx':
            return jsonDocument(await bomOf(result, stack, service, context));
        }
      }
    });
  program
    .command('sbom')
    .summary(verbSummaries.sbom)
    .description(
      'Writes a software bill of materials (CycloneDX 1.6, JSON) of an environment: each package with its version, license, digest, verdict and the key of its evidence.',
    )
    .option('--attest', 'write an in-toto statement with the bill of materials, ready to be signed')
    .option('--output <file>', 'write to a file instead of stdout')
    .option(...pythonOption)
    .option('--no-feeds', 'do not ask the malware feed')
    .action(async (flags: SbomFlags) => {
      const stack = mode();
      const { result, service } = await audit(stack, flags, resolved, context);
      const bom = await bomOf(result, stack, service, context);
      await writeResult(jsonDocument(flags.attest === true ? attestation(bom) : bom), flags.output, context);
    });
}

async function audit(
  mode: Mode,
  { python, feeds }: Pick<AuditFlags, 'python' | 'feeds'>,
  resolved: ResolvedSettings,
  context: Context,
): Promise<{ readonly result: AuditResult; readonly service: ReviewService }> {
  const service = await (await context.compose(resolved)).reviewService();
  const [environment, records, policy] = await Promise.all([
    service.installed(python),
    service.records(mode),
    service.policy(),
  ]);
  const feed = feeds ? await service.malwareFeed() : undefined;
  try {
    const found = await auditPackages(environment.packages, {
      ...{ records, policy, malware: feed?.malware, now: service.now },
    });
    return { result: auditResult(found, environment), service };
  } finally {
    await feed?.close();
  }
}

async function bomOf({ packages, environment }: AuditResult, mode: Mode, service: ReviewService, context: Context) {
  const records = await service.records(mode);
  const files = await records.vettedFiles(packages.map(({ record, package: installed }) => record ?? installed));
  return cyclonedx(
    packages.map((audited, at) => ({ ...audited, vetted: files[at]?.sha256 ?? {} })),
    {
      version: context.version,
      timestamp: new Date(service.now()).toISOString(),
      subject: environment.prefix,
      serialNumber: service.unique(),
    },
  );
}
