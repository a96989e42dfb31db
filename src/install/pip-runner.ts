import { once } from '../once.ts';
import { pipContext } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { isolatedArguments, pipEnvironment } from '../pip/environment.ts';
import { readFailure } from '../pip/failure.ts';
import { requireSupportedPip } from '../pip/find-pip.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { hideSecrets } from '../pip/hide-secrets.ts';
import { preparePip, type RunPipOptions, runPip } from '../pip/run.ts';
import { supportedEnvironment } from '../pip/supported-environment.ts';
import { pipVersionFromUserAgent } from '../pip/user-agent.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Relay } from '../relay/types.ts';
import { openSandbox } from '../sandbox/open-sandbox.ts';
import type { InstallCheck } from './install-check.ts';
import { unrequestedProjects } from './mismatches.ts';
import { openNextPip } from './next-pip.ts';
import type { InstallPorts, Report } from './types.ts';

type PipPorts = Pick<InstallPorts, 'runPip' | 'environment' | 'printHeldLines'> & {
  /** Reports an event of a vetting. When it has nearly ended, the next process of pip starts, and waits for its end. */
  readonly reportVetting: Report;
  /** Ends a process that waits to run. */
  readonly close: () => Promise<void>;
};

/** The last steps of a vetting, which take seconds. */
const lastSteps: ReadonlySet<string | undefined> = new Set(['inspect', 'copy']);

/** What pip is run with. `path` is the PATH that pip and the builds it runs see. */
type Options = Pick<InstallCheck, 'read' | 'reportFile'> & {
  readonly path: string;
  /** The vetted repository, which pip names once per command in place of the relay's address. */
  readonly repository: string;
  readonly report: Report;
  /** Indexes of the policy that the command or its files name, for which the repository stands. */
  readonly listedUrls: readonly string[];
};

/** Returns the ports that run the pip of this machine through the relay. */
export function pipRunner(
  context: ProcessContext,
  command: PipCommand,
  relay: Relay,
  { read, reportFile, path, repository, report, listedUrls }: Options,
): PipPorts {
  const base = { ...context.environment, PATH: path };
  const environment = pipEnvironment(base, relay, { ...pipContext(context, command), reportFile });
  const excludedPythons: string[] = [];
  // pip starts another interpreter itself for `--python`.
  const startsOther = command.options.some(({ name }) => name === '--python') || environment.PIP_PYTHON !== undefined;
  let indexLine = `Using vetted repository ${repository}`;
  const program = () => configuredPip(context, excludedPythons);
  const openedSandbox = once(() =>
    openSandbox(context, {
      python: async () => (await program()).python,
      server: relay,
      fallBack: (reason) => report({ code: 'sandbox-unavailable', reason }),
    }),
  );
  const runOptions = async (): Promise<RunPipOptions> => ({
    environment,
    cwd: process.cwd(),
    stderr: process.stderr,
    holdMissingLines: true,
    ownReport: reportFile !== undefined,
    indexLine,
    listedUrls,
    signals: process,
    onInterpreter: startsOther ? undefined : relay.noteInterpreter,
    sandbox: await openedSandbox(),
  });
  const next = openNextPip(async (argv) =>
    preparePip(await program(), isolatedArguments({ ...command, argv }), {
      ...(await runOptions()),
      verb: command.verb ?? '',
    }),
  );
  let lastArguments: readonly string[] | undefined;
  const runOnce: PipPorts['runPip'] = async (argv) => {
    relay.reset();
    hideSecrets();
    const pip = await program();
    const options = await runOptions();
    lastArguments = argv;
    const run = (await next.run(argv)) ?? (await runPip(pip, isolatedArguments({ ...command, argv }), options));
    if (run.exitCode === 1 && readFailure(run.stderr).noPip) {
      excludedPythons.push(pip.python); // `program` throws if there is no other interpreter
      return runOnce(argv);
    }
    indexLine = '';
    const pipVersion = pipVersionFromUserAgent(relay.observed().userAgent ?? '');
    if (run.exitCode !== 0 && pipVersion !== undefined) requireSupportedPip(pipVersion, pip.python);
    const installed = run.exitCode === 0 ? await read(argv, pip, run.startedAt) : undefined;
    await relay.loadPages(unrequestedProjects(installed ?? [], relay.observed()));
    return { run, observed: relay.observed(), installed };
  };
  return {
    runPip: runOnce,
    environment: async () => supportedEnvironment(await program(), context.environment),
    printHeldLines: (heldLines) => {
      process.stderr.write(heldLines);
    },
    reportVetting: (event) => {
      report(event);
      const isNear = event.code === 'vetting-progress' && lastSteps.has(event.record?.step);
      if (isNear && lastArguments !== undefined) next.prepare(lastArguments);
    },
    close: next.close,
  };
}
